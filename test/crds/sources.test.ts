import { describe, expect, test } from 'vitest';
import { GITHUB_EVENT_TYPES } from '../../crds/github-event-types.ts';
import { github, parsed, ping, refusals, specOf } from './document.ts';

describe('a PingSource', () => {
  test('without a schedule fires every minute [PingSource defaults]', () => {
    expect(specOf(ping())).toMatchObject({ schedule: '* * * * *' });
  });

  test.each([
    ['schedule: "@every 5s"', 'spec.schedule: is @every; it has no fixed times;'],
    ['schedule: "* * * *"', 'spec.schedule: has 4 fields; write five'],
    ['timezone: Mars/Olympus', 'spec.timezone: is "Mars/Olympus"; write an IANA time zone'],
    ['timezone: "+01:00"', 'spec.timezone: is "+01:00"; write an IANA time zone'],
    ['timezone: ""', 'spec.timezone: is ""; write an IANA time zone'],
    ['data: a\ndataBase64: YQ==', 'spec.dataBase64: stands beside data; write one of the two'],
    ['dataBase64: a', 'spec.dataBase64: is not base64; write base64 with padding'],
    ['contentType: application/json\ndata: "{"', 'spec.data: is not JSON; contentType says application/json'],
    ['contentType: "Application/JSON; charset=utf-8"\ndata: "{"', 'spec.data: is not JSON;'],
    ['contentType: text', 'spec.contentType: is "text"; write a media type'],
    ['ceOverrides: {extensions: {type: x}}', 'spec.ceOverrides.extensions.type: "type" is no extension;'],
    ['ceOverrides: {extensions: {My-Ext: x}}', '"My-Ext" is no name of an attribute; write lower-case'],
    ['ceOverrides: {extensions: {a: ""}}', 'spec.ceOverrides.extensions.a: is empty;'],
    ['ceOverrides: {extensions: {a: "x\\ny"}}', 'spec.ceOverrides.extensions.a: holds a control character;'],
    ['ceOverrides: {extensions: {a: 1}}', 'spec.ceOverrides.extensions.a: is 1; write text: "1"'],
    ['sink: {}', 'spec.sink: names no address;'],
    ['jsonData: "{}"', 'spec.jsonData: is no known field;'],
  ])('%s is refused', (spec, refusal) => {
    expect(refusals(ping(spec)).join('\n')).toContain(refusal);
  });

  test.each([
    'schedule: "*/5 * * * * *"',
    'schedule: "@hourly"',
    'timezone: Europe/Berlin',
    'timezone: UTC',
    'contentType: application/json\ndata: "{}"',
    'contentType: application/json\ndata: "[1]"',
    'contentType: application/json\ndata: "1"',
    'contentType: text/plain\ndata: "{"',
    'dataBase64: YQ==',
    'ceOverrides: {extensions: {a: x, 1b: y}}',
  ])('%s is accepted', (spec) => {
    expect(refusals(ping(spec))).toEqual([]);
  });
});

describe('a GitHubSource', () => {
  // As in the enum of Knative's CRD, and the four its adapter handles though the enum refuses them.
  const knative = `check_suite commit_comment create delete deployment deployment_status fork gollum installation
    integration_installation issue_comment issues label member membership milestone organization org_block page_build
    ping project_card project_column project public pull_request pull_request_review pull_request_review_comment push
    release repository status team team_add watch check_run installation_repositories repository_vulnerability_alert
    security_advisory`;
  test.each(knative.split(/\s+/))('may want %s [GitHubSource eventTypes]', (type) => {
    expect(refusals(github(`eventTypes: [${type}]`))).toEqual([]);
  });

  test('the event types are in order, each once', () => {
    expect(GITHUB_EVENT_TYPES).toEqual([...new Set(GITHUB_EVENT_TYPES)].sort());
  });

  test('asks api.github.com unless told otherwise [GitHubSource defaults]', () => {
    expect(specOf(github())).toMatchObject({ githubAPIURL: 'https://api.github.com' });
  });

  test('without secretToken is refused, and told why', () => {
    expect(refusals(github('', ['secretToken']))).toEqual([
      'spec.secretToken: is missing; without it anybody could forge events: give the webhook a secret at GitHub, and name it here by secretKeyRef',
    ]);
  });

  test.each([
    ['eventTypes: []', 'spec.eventTypes: is empty; name at least one event'],
    ['eventTypes: ["*"]', 'spec.eventTypes[0]: is "*"; name an event of GitHub\'s webhooks'],
    [
      'eventTypes: [pull-request]',
      'spec.eventTypes[0]: is "pull-request"; name an event of GitHub\'s webhooks, such as pull_request',
    ],
    ['ownerAndRepository: a/b/c', 'spec.ownerAndRepository: is "a/b/c"; write owner/repository'],
    ['ownerAndRepository: ""', 'spec.ownerAndRepository: is ""; write owner/repository'],
    ['githubAPIURL: github', 'spec.githubAPIURL: is no such URL; write an absolute http or https URL'],
    ['accessToken: {secretKeyRef: {name: a}}', 'spec.accessToken.secretKeyRef.key: is missing; write text'],
    ['secretToken: {value: hunter2}', 'spec.secretToken.value: is no known field; known here: secretKeyRef'],
    ['secure: "yes"', 'spec.secure: is "yes"; write true or false'],
  ])('%s is refused', (spec, refusal) => {
    expect(refusals(github(spec)).join('\n')).toContain(refusal);
  });
});

describe('Secret, ConfigMap, Service', () => {
  const secret = (rest: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${rest}`;

  test('the values of a Secret are decoded; stringData wins over data [Kubernetes Secret]', () => {
    const result = parsed(secret('data: {a: aGk=, b: aGk=}\nstringData: {b: there}'));
    expect(result.is === 'resource' && 'values' in result.resource && result.resource.values).toEqual({
      a: 'hi',
      b: 'there',
    });
  });

  test.each([
    ['data: {a: hunter2!}', 'data.a: is not base64 of UTF-8 text; encode it, or write it as it is under stringData'],
    ['data: {a: 4815162342}', 'data.a: is a number; write text'],
    ['data: hunter2', 'data: is text; write an object with fields'],
    ['stringData: {"hunter 2": a}', 'stringData[hunter 2]: is no key; write letters, digits, "-", "_" and "."'],
  ])('%s is refused, and what stands there is not repeated', (rest, refusal) => {
    expect(refusals(secret(rest))).toEqual([refusal]);
  });

  test('a value of a ConfigMap is not repeated either: people keep passwords there', () => {
    expect(refusals('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {password: 4815162342}')).toEqual([
      'data.password: is a number; write text',
    ]);
  });

  test('a Service is taken for its name alone', () => {
    expect(refusals('apiVersion: v1\nkind: Service\nmetadata: {name: c}\nspec: {ports: [{port: 80}]}')).toEqual([]);
  });
});
