/**
 * Finds plain secrets on a host without ever printing one: the names of files, lines and settings travel, the values
 * do not.
 */

const words = '(secret|passwd|password|passphrase|auth_token|api_key|private_key|rootpw)';
/** Not the secret itself: where it lies, that there is none, or a variable. */
const elsewhere = '(file|_file|path|none|null|true|false|yes|no|required|sasl|"{2}|\\$|%|/|\\{\\{|<)';

/** Takes the value off every line that has a secret's name before `=` or `:`. */
export const withoutSecretWords = `sed -E 's/(^|[^[:alnum:]])([[:alnum:]_.-]*${words}[[:alnum:]_.-]*)([[:space:]]*[=:][[:space:]]*).+/\\1\\2\\4(secret)/I'`;

const files = [
  '/etc/corosync/corosync.conf',
  '/etc/libvirt/*.conf /etc/libvirt/qemu/*.xml /etc/ceph/*.conf',
  '/etc/default/pacemaker /etc/sysconfig/pacemaker /etc/default/sbd /etc/sysconfig/sbd /etc/keepalived/*.conf',
  '/etc/systemd/system/*.service /etc/systemd/system/*.d/*.conf',
].join(' ');

/** The first name of a secret on a line, and nothing to the right of it: `TEXT` is what it is looked for in. */
const firstName = (shape: string, print: string) =>
  `low = tolower(text); if (match(low, /${shape}/)) { name = substr(text, RSTART, RLENGTH); sub(/[ \t]*[=: ]$/, "", name); print ${print} ": " name }`;

/** `FILE:LINE: NAME` each; `process PID PROGRAM: --NAME`; `asked` at the end. A name alone, never a value. */
export const secretsScript = [
  `grep -sHniE '(^|[^[:alnum:]])[[:alnum:]_.-]*${words}[[:alnum:]_.-]*[[:space:]]*[=:][[:space:]]*[^[:space:]]' ${files}`,
  ` | grep -vE '^[^:]*:[0-9]+:[[:space:]]*(#|;|//|<!--)' | grep -viE '${words}[[:alnum:]_.-]*[[:space:]]*[=:][[:space:]]*"?${elsewhere}'`,
  ` | awk '{ i = index($0, ":"); rest = substr($0, i + 1); j = index(rest, ":"); text = substr(rest, j + 1); ${firstName(`[a-z0-9_.-]*${words}[a-z0-9_.-]*[ \\t]*[=:]`, 'substr($0, 1, i + j - 1)')} }'`,
  `; ps -eo pid=,args= | grep -iE -- '--?[[:alnum:]-]*${words}[[:alnum:]-]*[= ][^[:space:]-]' | grep -vE 'grep|awk|sh -c'`,
  ` | awk '{ text = $0; ${firstName(`--?[a-z0-9-]*${words}[a-z0-9-]*[= ]`, '"process " $1 " " $2')} }'`,
  // Who may not read everything has not looked.
  '; [ "$(id -u)" = 0 ] && command -v ps >/dev/null && command -v awk >/dev/null && echo asked',
].join('');
