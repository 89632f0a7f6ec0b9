import { isUriReference } from '../../events/uri.ts';
import { member } from '../member.ts';
import { firstText, firstTime, firstUri, textAt } from './payload.ts';

/** What a payload of Bitbucket says of itself. */
export interface BitbucketFacts {
  readonly source: string | undefined;
  readonly subject: string | undefined;
  readonly time: string | undefined;
}

/** Source, subject and time of what Bitbucket Cloud and Data Center send. Pure. [Bitbucket Cloud "Event payloads"; Bitbucket Data Center "Event payload"] */
export function bitbucketFacts(payload: unknown): BitbucketFacts {
  return { source: sourceOf(payload), subject: subjectOf(payload), time: timeOf(payload) };
}

/** The repository's page; what Data Center sends has no address in it: its path there. */
function sourceOf(payload: unknown): string | undefined {
  const page = firstUri(payload, 'repository.links.html.href', 'repository.links.self.href');
  if (page !== undefined) return page;
  for (const names of ['repository', 'pullRequest.toRef.repository', 'new']) {
    const repository = member(names)(payload);
    const self = firstElement(member('links.self')(repository));
    const href = textAt(self, 'href');
    if (href !== undefined && isUriReference(href)) return href.replace(/\/browse$/, '');
    const [project, slug] = [textAt(repository, 'project.key'), textAt(repository, 'slug')];
    if (project !== undefined && slug !== undefined)
      return `/projects/${encodeURIComponent(project.toWellFormed())}/repos/${encodeURIComponent(slug.toWellFormed())}`;
  }
  return undefined;
}

/** What the event is about: a pull request, an issue, the commit of a status or comment, the one ref of a push. */
function subjectOf(payload: unknown): string | undefined {
  const changes = member('push.changes')(payload) ?? member('changes')(payload);
  const change = Array.isArray(changes) && changes.length === 1 ? firstElement(changes) : undefined;
  return (
    firstText(payload, 'pullrequest.id', 'pullRequest.id', 'issue.id', 'commit_status.commit.hash', 'commit.hash') ??
    firstText(payload, 'commit') ??
    firstText(change, 'new.name', 'old.name', 'ref.id')
  );
}

function timeOf(payload: unknown): string | undefined {
  return firstTime(
    payload,
    'comment.updated_on',
    'comment.created_on',
    'approval.date',
    'changes_request.date',
    'pullrequest.updated_on',
    'issue.updated_on',
    'commit_status.updated_on',
    'date',
  );
}

function firstElement(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}
