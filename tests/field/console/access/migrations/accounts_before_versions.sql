-- Accounts as the console kept them before its database had versions.
CREATE TABLE accounts (
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    made_s FLOAT NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "accounts" VALUES('ada','admin','$argon2id$v=19$m=8,t=1,p=1$7ljuSPtqqowpTq65SPl4Ug$fKtnuJIrR7GzxfkwoTXG/fIk+l/llhuJzJj5NUGTXWw',1700000000.0);
INSERT INTO "accounts" VALUES('fei','field','$argon2id$v=19$m=8,t=1,p=1$JNTuv64clKqhC8m0WX3etg$0UyWHc7nA1fER1oa2RZqVq66I5M96/WgmebLApI5zIU',1700000000.0);
CREATE TABLE sessions (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    until_s FLOAT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(name) REFERENCES accounts (name) ON DELETE CASCADE
);
INSERT INTO "sessions" VALUES('af0fbcde852ec175287f1641dc4714d531e7eb9ae8d5157bb0c6f1b75a8a419e','fei',1700043200.0);
CREATE TABLE tokens (
    prefix TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    made_s FLOAT NOT NULL,
    until_s FLOAT,
    used_s FLOAT,
    PRIMARY KEY (prefix),
    UNIQUE (digest),
    FOREIGN KEY(name) REFERENCES accounts (name) ON DELETE CASCADE
);
INSERT INTO "tokens" VALUES('chd_gES3m8uQ','5b46ef4df9d3438742a6feab43413bdd764023640cb8088bd332c07ea6b40f9d','fei','scanner',1700000000.0,NULL,NULL);
CREATE TABLE keys (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "keys" VALUES('signing','6101b5a7b984f5a31b947294ceef7c2f5b5977a1fec95c899645b72a5c22247e');
CREATE TABLE access_log (
    number INTEGER NOT NULL,
    ts BIGINT NOT NULL,
    event TEXT NOT NULL,
    name TEXT NOT NULL,
    "by" TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (number)
);
INSERT INTO access_log (ts, event, name, "by", detail, address) VALUES(1700000000000,'login','fei','fei','','192.0.2.7');
