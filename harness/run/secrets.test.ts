import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {secretsOf, withoutSecrets} from './secrets.ts';

test('passwords of controllers are those of every host that has one', t => {
  const {cluster} = fakeCluster(() => undefined);
  t.deepEqual(secretsOf(cluster), Array(3).fill('secret-of-the-controller'));
});

test('a secret is taken out wherever it stands, also as JSON writes it; the rest stays', t => {
  t.is(withoutSecrets('a pa$$"word b\n', ['pa$$"word']), 'a (secret) b\n');
  t.is(withoutSecrets(JSON.stringify({argv: ['pa$$"word']}), ['pa$$"word']), '{"argv":["(secret)"]}');
  t.is(withoutSecrets('nothing of it\u0000\n', ['pa$$"word']), 'nothing of it\u0000\n');
});

test('what a configuration keeps for fence devices is taken out, known or not', t => {
  const entry = (name: string, value: string) => `<nvpair id="f1-${name}" name="${name}" value="${value}"/>`;
  const cib = ['username', 'password', 'passwd', 'ssh_private_key', 'ip', 'passwd_script'].map(name =>
    entry(name, 'x1'),
  );
  t.is(
    withoutSecrets(cib.join('\n'), []),
    [
      entry('username', 'x1'),
      entry('password', '(secret)'),
      entry('passwd', '(secret)'),
      entry('ssh_private_key', '(secret)'),
      entry('ip', 'x1'),
      entry('passwd_script', '(secret)'),
    ].join('\n'),
  );
  // Attributes in any order, and over lines.
  t.is(
    withoutSecrets('<nvpair value="x"\n name="password" id="a"></nvpair>', []),
    '<nvpair value="(secret)"\n name="password" id="a"></nvpair>',
  );
});
