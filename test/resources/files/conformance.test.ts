import { resourceStoreConformance } from '../store-conformance.ts';
import { Folder } from './folder.ts';

resourceStoreConformance('a folder of files', () => Folder.make());
