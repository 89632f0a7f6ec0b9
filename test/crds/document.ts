import { parse as parseYaml } from 'yaml';
import { parse, type Parsed } from '../../crds/parse.ts';
import { refusalText } from '../../crds/refusal.ts';

/** One YAML document, parsed by us. */
export function parsed(yaml: string): Parsed {
  const value: unknown = parseYaml(yaml);
  return parse(value);
}

/** The texts of its refusals; none if it is accepted. */
export function refusals(yaml: string): readonly string[] {
  const result = parsed(yaml);
  return result.is === 'refused' ? result.refusals.map(refusalText) : [];
}

/** The spec of an accepted document. */
export function specOf(yaml: string): unknown {
  const result = parsed(yaml);
  if (result.is !== 'resource') throw new Error(`not accepted: ${JSON.stringify(result)}`);
  return 'spec' in result.resource ? result.resource.spec : undefined;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

/** A Trigger; `spec` is YAML without indentation, its broker and subscriber are given unless it has them. */
export function trigger(spec = '', annotations: Readonly<Record<string, string>> = {}): string {
  const broker = /^broker(Ref)?:/m.test(spec) ? '' : 'broker: default\n';
  const subscriber = /^subscriber:/m.test(spec) ? '' : 'subscriber: {uri: "http://sink.example/"}\n';
  return `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: hook, annotations: ${JSON.stringify(annotations)}}
spec:
${indented(broker + subscriber + spec)}`;
}

/** A PingSource with a sink; `spec` as above. */
export function ping(spec = ''): string {
  const sink = /^sink:/m.test(spec) ? '' : 'sink: {uri: "http://sink.example/"}\n';
  return `apiVersion: sources.knative.dev/v1\nkind: PingSource\nmetadata: {name: tick}\nspec:\n${indented(sink + spec)}`;
}

/** A GitHubSource that lacks nothing; `spec` as above. */
export function github(spec = '', without: readonly string[] = []): string {
  const fields: Readonly<Record<string, string>> = {
    sink: 'sink: {uri: "http://sink.example/"}',
    ownerAndRepository: 'ownerAndRepository: octo/repo',
    eventTypes: 'eventTypes: [push]',
    secretToken: 'secretToken: {secretKeyRef: {name: hook, key: token}}',
  };
  const given = Object.entries(fields).filter(([name]) => !without.includes(name) && !spec.includes(`${name}:`));
  const text = `${given.map(([, line]) => line).join('\n')}\n${spec}`;
  return `apiVersion: sources.knative.dev/v1alpha1\nkind: GitHubSource\nmetadata: {name: repo}\nspec:\n${indented(text)}`;
}
