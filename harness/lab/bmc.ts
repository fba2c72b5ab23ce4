/**
 * One baseboard controller a node, and where fencing has two levels a second one for its outlet: ipmi_sim, spoken to
 * with real IPMI over LAN and fenced with the agent of production.
 */

export interface BmcPlan {
  host: string;
  /** Not the host's own, but that of the outlet it is plugged into: another process, address and password. */
  outlet?: true;
  address: string;
  username: string;
  password: string;
  /** Counts from 1; makes the controller's GUID. */
  index: number;
}

export const bmcPort = 623;

/** Of the controller, its folder and its process. */
export const bmcName = ({host, outlet}: Pick<BmcPlan, 'host' | 'outlet'>): string => (outlet ? `${host}-outlet` : host);

/** `lan.conf` of ipmi_sim; `chassis` is the program that ipmi_sim asks for and tells about the host's power. */
export function bmcLanText(bmc: BmcPlan, chassis: string): string {
  const levels = ['callback', 'user', 'operator', 'admin'];
  return `name "${bmcName(bmc)}"
set_working_mc 0x20
startlan 1
 addr ${bmc.address} ${bmcPort}
 priv_limit admin
${levels.map(level => ` allowed_auths_${level} none md2 md5 straight`).join('\n')}
 guid a123456789abcdefa123456789abc${bmc.index.toString(16).padStart(3, '0')}
endlan
chassis_control "${chassis}"
user 2 true "${bmc.username}" "${bmc.password}" admin 10 none md2 md5 straight
`;
}

/** The emulated controller itself: no sensors, an event log. */
export const bmcEmulatorText = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;
