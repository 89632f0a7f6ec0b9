/**
 * The state file: everything but the events themselves. `broker` is the id of a row in `brokers`. `counts` is kept by triggers, so that recovery never counts rows; its subscription `*`
 * holds the bytes of kept copies. In `rows.due`, 0 = at once. A kept copy belongs to one subscription (a redriven dead letter), or, with '', to all rows of its position. An entry is a record as record.ts writes it.
 */
export const STATE_SCHEMA = `
  CREATE TABLE brokers (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, start INTEGER NOT NULL DEFAULT 0, last INTEGER, removing INTEGER NOT NULL DEFAULT 0,
    UNIQUE (namespace, name)) STRICT;
  CREATE TABLE subscriptions (
    broker INTEGER NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL, spec TEXT NOT NULL,
    PRIMARY KEY (broker, name)) STRICT, WITHOUT ROWID;
  CREATE TABLE filters (
    broker INTEGER NOT NULL, subscription TEXT NOT NULL, generation INTEGER NOT NULL, position INTEGER NOT NULL, filter TEXT NOT NULL,
    PRIMARY KEY (broker, subscription, generation)) STRICT, WITHOUT ROWID;
  CREATE TABLE positions (
    broker INTEGER NOT NULL, subscription TEXT NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (broker, subscription)) STRICT, WITHOUT ROWID;
  CREATE TABLE rows (
    broker INTEGER NOT NULL, subscription TEXT NOT NULL, position INTEGER NOT NULL, generation INTEGER NOT NULL, key TEXT, due REAL NOT NULL, kept INTEGER NOT NULL, progress TEXT,
    PRIMARY KEY (broker, subscription, position)) STRICT, WITHOUT ROWID;
  CREATE INDEX rows_due ON rows (broker, subscription, due, position);
  CREATE INDEX rows_position ON rows (broker, position, subscription);
  CREATE TABLE kept (
    broker INTEGER NOT NULL, position INTEGER NOT NULL, subscription TEXT NOT NULL, entry BLOB NOT NULL,
    PRIMARY KEY (broker, position, subscription)) STRICT;
  CREATE TABLE dead (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, broker INTEGER NOT NULL, subscription TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL,
    entry BLOB NOT NULL, progress TEXT NOT NULL, at REAL NOT NULL,
    UNIQUE (broker, subscription, id)) STRICT;
  CREATE INDEX dead_in_order ON dead (broker, subscription, seq);
  CREATE TABLE counts (
    broker INTEGER NOT NULL, subscription TEXT NOT NULL, rows INTEGER NOT NULL, dead INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (broker, subscription)) STRICT, WITHOUT ROWID;
  CREATE TRIGGER rows_more AFTER INSERT ON rows BEGIN
    INSERT INTO counts VALUES (new.broker, new.subscription, 1, 0, 0) ON CONFLICT DO UPDATE SET rows = rows + 1;
  END;
  CREATE TRIGGER rows_fewer AFTER DELETE ON rows BEGIN
    UPDATE counts SET rows = rows - 1 WHERE broker = old.broker AND subscription = old.subscription;
    DELETE FROM kept WHERE broker = old.broker AND position = old.position AND (subscription = old.subscription OR subscription = '' AND
      NOT EXISTS (SELECT 1 FROM rows r WHERE r.broker = old.broker AND r.position = old.position AND r.kept = 0));
  END;
  CREATE TRIGGER dead_more AFTER INSERT ON dead BEGIN
    INSERT INTO counts VALUES (new.broker, new.subscription, 0, 1, length(new.entry) + length(new.progress))
      ON CONFLICT DO UPDATE SET dead = dead + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER dead_fewer AFTER DELETE ON dead BEGIN
    UPDATE counts SET dead = dead - 1, bytes = bytes - length(old.entry) - length(old.progress) WHERE broker = old.broker AND subscription = old.subscription;
  END;
  CREATE TRIGGER kept_more AFTER INSERT ON kept BEGIN
    INSERT INTO counts VALUES (new.broker, '*', 0, 0, length(new.entry)) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER kept_fewer AFTER DELETE ON kept BEGIN
    UPDATE counts SET bytes = bytes - length(old.entry) WHERE broker = old.broker AND subscription = '*';
  END;
`;

const ROW = 'r.subscription, r.position, r.generation, r.key, r.due, r.kept, r.progress';
const ROWS = `SELECT ${ROW}, NULL FROM rows r WHERE r.broker = ?`;
const ROW_WITH_ENTRY = `SELECT ${ROW}, k.entry FROM rows r LEFT JOIN kept k
  ON k.broker = r.broker AND k.position = r.position AND k.subscription = CASE r.kept WHEN 1 THEN r.subscription ELSE '' END WHERE r.broker = ?`;
const BY_DUE =
  'AND r.subscription = ? AND r.due <= ? AND (r.due, r.position) > (?, ?) ORDER BY r.due, r.position LIMIT ?';
const BY_POSITION = 'AND r.subscription = ? AND r.position >= ? AND r.position < ? ORDER BY r.position LIMIT ?';
const ALL_BY_POSITION = 'AND r.position >= ? AND r.position < ? ORDER BY r.position, r.subscription LIMIT ?';
const DEAD = 'SELECT id, position, entry, progress, at FROM dead WHERE broker = ? AND subscription = ?';

/** Every statement there is, by name: the worker prepares each once, when it is first asked for. */
export const STATEMENTS = {
  brokerAdd: 'INSERT INTO brokers (namespace, name) VALUES (?, ?) ON CONFLICT DO NOTHING',
  broker: 'SELECT id, start, last, removing FROM brokers WHERE namespace = ? AND name = ?',
  brokersRemoving: 'SELECT namespace, name FROM brokers WHERE removing = 1',
  brokerRemoving: 'UPDATE brokers SET removing = 1 WHERE id = ?',
  brokerLast: 'UPDATE brokers SET last = ? WHERE id = ?',
  brokerStart: 'UPDATE brokers SET start = ? WHERE id = ?',
  brokerDrop: 'DELETE FROM brokers WHERE id = ?',
  subscriptionsDrop: 'DELETE FROM subscriptions WHERE broker = ?',
  filtersDrop: 'DELETE FROM filters WHERE broker = ?',
  positionsDrop: 'DELETE FROM positions WHERE broker = ?',
  rowsDrop: 'DELETE FROM rows WHERE broker = ?',
  keptDrop: 'DELETE FROM kept WHERE broker = ?',
  deadDrop: 'DELETE FROM dead WHERE broker = ?',
  countsDrop: 'DELETE FROM counts WHERE broker = ?',
  subscriptions: 'SELECT name, generation, spec FROM subscriptions WHERE broker = ? ORDER BY name',
  subscriptionPut:
    'INSERT INTO subscriptions VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET generation = excluded.generation, spec = excluded.spec',
  subscriptionRemove: 'DELETE FROM subscriptions WHERE broker = ? AND name = ?',
  // A subscription that is behind evaluates from its own position on; the others have evaluated all there was.
  filterPut: `INSERT INTO filters (broker, subscription, generation, position, filter)
    SELECT ?1, ?2, ?3, coalesce((SELECT next FROM positions WHERE broker = ?1 AND subscription = ?2), ?4), ?5 WHERE true
    ON CONFLICT DO UPDATE SET position = excluded.position, filter = excluded.filter`,
  filters:
    'SELECT generation, position, filter FROM filters WHERE broker = ? AND subscription = ? ORDER BY position, generation',
  filtersTrim: `DELETE FROM filters AS f WHERE broker = ?1 AND EXISTS (
    SELECT 1 FROM filters g WHERE g.broker = f.broker AND g.subscription = f.subscription AND g.position <= ?2 AND (g.position, g.generation) > (f.position, f.generation))`,
  filtersForget: `DELETE FROM filters WHERE broker = ?1 AND subscription = ?2
    AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.broker = ?1 AND s.name = ?2)`,
  positions: 'SELECT subscription, next FROM positions WHERE broker = ?',
  positionOf: 'SELECT subscription, next FROM positions WHERE broker = ? AND subscription = ?',
  subscriptionOf: 'SELECT name FROM subscriptions WHERE broker = ? AND name = ?',
  countsOf: 'SELECT subscription, rows, dead, bytes FROM counts WHERE broker = ? AND subscription = ?',
  positionPut: 'INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next',
  positionRemove: 'DELETE FROM positions WHERE broker = ? AND subscription = ?',
  positionMax: 'SELECT max(next) FROM positions WHERE broker = ?',
  rowPut: `INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    generation = excluded.generation, key = excluded.key, due = excluded.due, kept = excluded.kept, progress = excluded.progress`,
  rowRemove: 'DELETE FROM rows WHERE broker = ? AND subscription = ? AND position = ?',
  rowsRemove: 'DELETE FROM rows WHERE broker = ? AND subscription = ?',
  rowsByDue: `${ROWS} ${BY_DUE}`,
  rowByDue: `${ROW_WITH_ENTRY} ${BY_DUE}`,
  rowsByPosition: `${ROWS} ${BY_POSITION}`,
  rowByPosition: `${ROW_WITH_ENTRY} ${BY_POSITION}`,
  rowsOfAll: `${ROWS} ${ALL_BY_POSITION}`,
  rowOfAll: `${ROW_WITH_ENTRY} ${ALL_BY_POSITION}`,
  keptPut: 'INSERT INTO kept VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  keptTrim: `DELETE FROM kept WHERE broker = ?1 AND NOT EXISTS (
    SELECT 1 FROM rows r WHERE r.broker = ?1 AND r.position = kept.position AND CASE kept.subscription WHEN '' THEN r.kept = 0 ELSE r.subscription = kept.subscription END)`,
  deadReplace: 'DELETE FROM dead WHERE broker = ? AND subscription = ? AND id = ?',
  deadPut: `INSERT INTO dead (broker, subscription, id, position, entry, progress, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  deadRemove: 'DELETE FROM dead WHERE broker = ? AND subscription = ? AND id = ?',
  deadAfter: `${DEAD} AND seq > coalesce((SELECT seq FROM dead d WHERE d.broker = ?1 AND d.subscription = ?2 AND d.id = ?), 0) ORDER BY seq LIMIT ?`,
  deadOne: `${DEAD} AND id = ?`,
  counts: 'SELECT subscription, rows, dead, bytes FROM counts WHERE broker = ?',
  countsAll: 'SELECT total(rows), total(bytes) FROM counts WHERE broker = ?',
  countsTrim: 'DELETE FROM counts WHERE broker = ? AND rows = 0 AND dead = 0 AND bytes = 0',
} as const;

/** The name of a statement. */
export type StatementName = keyof typeof STATEMENTS;
