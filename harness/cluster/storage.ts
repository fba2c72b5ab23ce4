export const asked = 1,
  cephCommands = 1,
  cephConfigSet = 1,
  cephReadiness = 1,
  imageCreate = 1,
  imageFill = 1,
  sentenceOf = 1;
export type CephTarget = string;
