BEGIN TRANSACTION;
CREATE TABLE approvals (
	id TEXT NOT NULL, 
	conversation TEXT NOT NULL, 
	state TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	body JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "approvals" VALUES('a1','c1','pending',1.0,'{"id":"a1","conversation":"c1","tool":"delete_app","arguments":{"name":"web","nested":{"list":[1,null,"x"]}},"arguments_hash":"hash","preview":{"title":"Delete web","verb":"Delete web","apps":["web"],"objects":[],"stopping":[],"deleting":[],"changes":[],"losses":[],"undo":"","price":"","canonical":[]},"caller":{"user":"ann","role":"operator","conversation":"c1","source":"chat","sentence":"","model":"rules"},"asked_by_person":true,"created_at":1.0,"expires_at":601.0,"state":"pending","decided_by":null,"decided_at":null,"result":null}');
CREATE TABLE apps (
	namespace TEXT NOT NULL, 
	name TEXT NOT NULL, 
	generation INTEGER NOT NULL, 
	body JSON NOT NULL, 
	PRIMARY KEY (namespace, name)
);
INSERT INTO "apps" VALUES('default','web',1,'{"spec":{"name":"web","namespace":"default","runtime":"simulator","replicas":1,"template":{"containers":[{"name":"main","image":"nginx:1.27","command":[],"args":[],"env":[],"ports":[],"resources":{"requests":{"cpu_millicores":null,"memory_bytes":null},"limits":{"cpu_millicores":null,"memory_bytes":null},"gpus":0},"env_from":[],"volume_mounts":[],"liveness":null,"readiness":null,"startup":null,"working_dir":"","image_pull_policy":"","security":{"run_as_user":null,"run_as_group":null,"read_only_root_filesystem":false,"allow_privilege_escalation":true,"privileged":false,"add_capabilities":[],"drop_capabilities":[]}}],"labels":{},"annotations":{},"termination_grace_seconds":30,"init_containers":[],"volumes":[],"restart_policy":"Always","host_network":false,"host_pid":false,"host_ipc":false},"strategy":{"type":"RollingUpdate","max_surge":"25%","max_unavailable":"25%","min_ready_seconds":0,"progress_deadline_seconds":600,"revision_history_limit":10},"autoscaling":null,"labels":{},"annotations":{},"kind":"Deployment","paused":false,"job":null,"owner":""},"generation":1,"revision":1,"template_hash":"h1","deleting":false,"created_at":0.0,"updated_at":0.0,"revised_at":0.0,"rolled_out_at":0.0,"rolled_back_from":0}');
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	conversation TEXT NOT NULL, 
	body JSON NOT NULL
);
INSERT INTO "audit" VALUES(1,'c1','{"id":0,"at":1.0,"user":"ann","role":"admin","source":"chat","conversation":"c1","sentence":"delete web","model":"rules","tool":"delete_app","arguments":{"name":"web"},"approval":null,"before":{"replicas":3},"after":{},"templates_before":{},"templates_after":{},"kept":{},"undid":[],"ok":true,"summary":"deleted web"}');
CREATE TABLE conversations (
	id TEXT NOT NULL, 
	body JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "conversations" VALUES('c1','{"x":1}');
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	namespace TEXT NOT NULL, 
	name TEXT NOT NULL, 
	last_at FLOAT NOT NULL, 
	body JSON NOT NULL
);
INSERT INTO "events" VALUES(1,'default','web',1.0,'{"app":["default","web"],"type":"Normal","reason":"Started","message":"it did","first_at":1.0,"last_at":1.0,"pod":null,"count":1,"id":0}');
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema_version','2');
CREATE TABLE objects (
	kind TEXT NOT NULL, 
	namespace TEXT NOT NULL, 
	name TEXT NOT NULL, 
	generation INTEGER NOT NULL, 
	body JSON NOT NULL, 
	PRIMARY KEY (kind, namespace, name)
);
INSERT INTO "objects" VALUES('Namespace','','prod',1,'{"object":{"name":"prod","namespace":"","labels":{},"annotations":{},"kind":"Namespace"},"generation":1,"state":{"host_ports":{},"last_run_at":null},"deleting":false,"created_at":0.0,"updated_at":0.0}');
CREATE TABLE revisions (
	namespace TEXT NOT NULL, 
	name TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	body JSON NOT NULL, 
	PRIMARY KEY (namespace, name, number), 
	FOREIGN KEY(namespace, name) REFERENCES apps (namespace, name) ON DELETE CASCADE
);
INSERT INTO "revisions" VALUES('default','web',1,'{"number":1,"template_hash":"h1","template":{"containers":[{"name":"main","image":"nginx:1","command":[],"args":[],"env":[],"ports":[],"resources":{"requests":{"cpu_millicores":null,"memory_bytes":null},"limits":{"cpu_millicores":null,"memory_bytes":null},"gpus":0},"env_from":[],"volume_mounts":[],"liveness":null,"readiness":null,"startup":null,"working_dir":"","image_pull_policy":"","security":{"run_as_user":null,"run_as_group":null,"read_only_root_filesystem":false,"allow_privilege_escalation":true,"privileged":false,"add_capabilities":[],"drop_capabilities":[]}}],"labels":{},"annotations":{},"termination_grace_seconds":30,"init_containers":[],"volumes":[],"restart_policy":"Always","host_network":false,"host_pid":false,"host_ipc":false},"cause":"a wish","created_at":0.0}');
CREATE TABLE samples (
	id INTEGER NOT NULL, 
	namespace TEXT NOT NULL, 
	name TEXT NOT NULL, 
	pod TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	cpu_millicores BIGINT NOT NULL, 
	memory_bytes BIGINT NOT NULL, 
	restarts INTEGER NOT NULL, 
	seconds FLOAT NOT NULL, 
	bucket BIGINT NOT NULL, 
	mean INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "samples" VALUES(1,'default','web','web-0',1.0,5,6,0,15.0,0,0);
CREATE TABLE slots (
	namespace TEXT NOT NULL, 
	name TEXT NOT NULL, 
	slot INTEGER NOT NULL, 
	body JSON NOT NULL, 
	PRIMARY KEY (namespace, name, slot), 
	FOREIGN KEY(namespace, name) REFERENCES apps (namespace, name) ON DELETE CASCADE
);
INSERT INTO "slots" VALUES('default','web',0,'{"slot":0,"attempt":2,"recorded":0,"template_hash":"","failures":0,"restarts":0,"never_started":false,"ended_at":null,"last_exit":null,"succeeded":0,"failed":0,"finished_at":0.0}');
CREATE INDEX events_by_time ON events (last_at);
CREATE INDEX events_by_app ON events (namespace, name, last_at);
CREATE INDEX approvals_by_conversation ON approvals (conversation, state);
CREATE INDEX audit_by_conversation ON audit (conversation);
CREATE INDEX samples_by_app ON samples (namespace, name, at);
CREATE INDEX samples_by_age ON samples (mean, at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',1);
INSERT INTO "sqlite_sequence" VALUES('audit',1);
COMMIT;
