/** `npm run docs`: writes the pages of docs/reference that are made from the code. A test compares what is committed. */
import { writeFileSync } from 'node:fs';
import { SOURCES_PAGE, sourcesPage } from './sources-page.ts';
import { WEBHOOKS_PAGE, webhooksPage } from './webhooks-page.ts';

writeFileSync(SOURCES_PAGE, sourcesPage());
writeFileSync(WEBHOOKS_PAGE, webhooksPage());
