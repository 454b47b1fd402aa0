BEGIN TRANSACTION;
CREATE TABLE change (
	pack TEXT NOT NULL, 
	layer TEXT NOT NULL, 
	feature_id TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	op TEXT NOT NULL, 
	before_properties TEXT, 
	before_geometry BLOB, 
	after_properties TEXT, 
	after_geometry BLOB, 
	PRIMARY KEY (pack, layer, feature_id, revision), 
	FOREIGN KEY(pack, revision) REFERENCES revision (pack, number), 
	CHECK (op IN ('add', 'change', 'remove')), 
	CHECK ((op = 'add') = (before_properties IS NULL)), 
	CHECK ((op = 'remove') = (after_properties IS NULL)), 
	CHECK ((before_properties IS NULL) = (before_geometry IS NULL)), 
	CHECK ((after_properties IS NULL) = (after_geometry IS NULL))
);
INSERT INTO "change" VALUES('county','facilities','a',1,'add',NULL,NULL,'{"name":"甲","name_en":"","category":"","district":"","certainty":"","source":"","source_en":"","note":"","note_en":"","sample":false}',X'01010000000000000000405E400000000000003C40');
INSERT INTO "change" VALUES('county','facilities','b',1,'add',NULL,NULL,'{"name":"乙","name_en":"","category":"","district":"","certainty":"","source":"","source_en":"","note":"","note_en":"","sample":false}',X'01010000000000000000405E400000000000003C40');
INSERT INTO "change" VALUES('county','facilities','a',2,'change','{"name":"甲","name_en":"","category":"","district":"","certainty":"","source":"","source_en":"","note":"","note_en":"","sample":false}',X'01010000000000000000405E400000000000003C40','{"name":"改","name_en":"","category":"","district":"","certainty":"","source":"","source_en":"","note":"","note_en":"","sample":false}',X'01010000000000000000405E400000000000003C40');
INSERT INTO "change" VALUES('county','facilities','a',3,'change','{"name":"改","name_en":"","category":"","district":"","certainty":"","source":"","source_en":"","note":"","note_en":"","sample":false}',X'01010000000000000000405E400000000000003C40','{"name":"甲","name_en":"","category":"","district":"","certainty":"","source":"","source_en":"","note":"","note_en":"","sample":false}',X'01010000000000000000405E400000000000003C40');
CREATE TABLE revision (
	pack TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	author TEXT NOT NULL, 
	at TEXT NOT NULL, 
	note TEXT NOT NULL, 
	file_name TEXT NOT NULL, 
	file_sha256 TEXT NOT NULL, 
	undoes INTEGER, 
	added INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	removed INTEGER NOT NULL, 
	PRIMARY KEY (pack, number), 
	FOREIGN KEY(pack, undoes) REFERENCES revision (pack, number), 
	UNIQUE (pack, undoes), 
	CHECK ((kind = 'undo') = (undoes IS NOT NULL))
);
INSERT INTO "revision" VALUES('county',1,'seed','pack','2026-11-25T00:41:52.229168+00:00','规划','','',NULL,2,0,0);
INSERT INTO "revision" VALUES('county',2,'import','员工','2026-11-25T00:41:52.238024+00:00','说明','甲.geojson','ab12',NULL,0,1,0);
INSERT INTO "revision" VALUES('county',3,'undo','主任','2026-11-25T00:41:52.240873+00:00','','','',2,0,1,0);
CREATE INDEX change_by_revision ON change (pack, revision);
CREATE TRIGGER revision_in_order BEFORE INSERT ON revision
       WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM revision WHERE pack = NEW.pack)
       BEGIN SELECT RAISE(ABORT, 'append-only: revision out of order'); END;
CREATE TRIGGER change_of_newest BEFORE INSERT ON change
       WHEN NEW.revision <> (SELECT max(number) FROM revision WHERE pack = NEW.pack)
         OR EXISTS (SELECT 1 FROM change WHERE pack = NEW.pack AND layer = NEW.layer
                    AND feature_id = NEW.feature_id AND revision = NEW.revision)
       BEGIN SELECT RAISE(ABORT, 'append-only: change of an earlier revision'); END;
CREATE TRIGGER revision_no_update BEFORE update ON revision
            BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER revision_no_delete BEFORE delete ON revision
            BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER change_no_update BEFORE update ON change
            BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER change_no_delete BEFORE delete ON change
            BEGIN SELECT RAISE(ABORT, 'append-only'); END;
COMMIT;
