//! Well-known images: what their servers listen on unless told otherwise.
//!
//! Source of each line: the image's own page and Dockerfile (`EXPOSE`) on its registry, as of 2026; ports that a
//! server opens only by configuration stand among `more`, so that nobody calls them wrong.

use crate::word::{Word, name_words};

/// What is known of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The last part of the image's name.
    pub name: &'static str,
    /// What its server listens on.
    pub main: &'static [u16],
    /// What it may listen on besides.
    pub more: &'static [u16],
    /// The variables that move the first of `main`.
    pub variables: &'static [&'static str],
}

const fn known(
    name: &'static str,
    main: &'static [u16],
    more: &'static [u16],
    variables: &'static [&'static str],
) -> Known {
    Known { name, main, more, variables }
}

static TABLE: &[Known] = &[
    known("nginx", &[80], &[443], &[]),
    known("nginx-unprivileged", &[8080], &[], &[]),
    known("httpd", &[80], &[443], &[]),
    known("caddy", &[80, 443], &[2019], &[]),
    known("traefik", &[80], &[443, 8080, 8082, 8443], &[]),
    known("whoami", &[80], &[443], &["WHOAMI_PORT_NUMBER"]),
    known("postgres", &[5432], &[], &["PGPORT"]),
    known("postgis", &[5432], &[], &["PGPORT"]),
    known("timescaledb", &[5432], &[8008], &["PGPORT"]),
    known("pgvector", &[5432], &[], &["PGPORT"]),
    known("mysql", &[3306], &[33060, 33062], &["MYSQL_TCP_PORT"]),
    known("mysql-server", &[3306], &[33060, 33062], &["MYSQL_TCP_PORT"]),
    known("mariadb", &[3306], &[], &["MYSQL_TCP_PORT", "MARIADB_PORT_NUMBER"]),
    known("percona", &[3306], &[33060], &["MYSQL_TCP_PORT"]),
    known("mongo", &[27017], &[27018, 27019], &[]),
    known("redis", &[6379], &[16379, 26379], &[]),
    known("redis-stack", &[6379], &[8001], &[]),
    known("redis-stack-server", &[6379], &[], &[]),
    known("valkey", &[6379], &[16379, 26379], &[]),
    known("keydb", &[6379], &[], &[]),
    known("memcached", &[11211], &[], &[]),
    known(
        "rabbitmq",
        &[5672],
        &[4369, 5671, 15671, 15672, 15674, 15675, 15691, 15692, 25672, 1883, 5552, 61613],
        &[],
    ),
    known("nats", &[4222], &[6222, 8222, 1883, 8080], &[]),
    known("eclipse-mosquitto", &[1883], &[8883, 9001, 8080], &[]),
    known("elasticsearch", &[9200], &[9300], &[]),
    known("opensearch", &[9200], &[9300, 9600, 9650], &[]),
    known("kibana", &[5601], &[], &["SERVER_PORT"]),
    known("prometheus", &[9090], &[], &[]),
    known("alertmanager", &[9093], &[9094], &[]),
    known("node-exporter", &[9100], &[], &[]),
    known("grafana", &[3000], &[], &["GF_SERVER_HTTP_PORT"]),
    known("grafana-oss", &[3000], &[], &["GF_SERVER_HTTP_PORT"]),
    known("adminer", &[8080], &[], &[]),
    known("phpmyadmin", &[80], &[443], &["APACHE_PORT"]),
    known("pgadmin4", &[80], &[443], &["PGADMIN_LISTEN_PORT"]),
    known("wordpress", &[80], &[443, 9000], &[]),
    known("nextcloud", &[80], &[443, 9000], &[]),
    known("ghost", &[2368], &[], &[]),
    known("couchdb", &[5984], &[4369, 9100], &[]),
    known("cassandra", &[9042], &[7000, 7001, 7199, 9160], &[]),
    known("influxdb", &[8086], &[8088], &[]),
    known("neo4j", &[7474, 7687], &[7473], &[]),
    known("zookeeper", &[2181], &[2888, 3888, 8080], &[]),
    known("cp-zookeeper", &[2181], &[2888, 3888, 8080], &["ZOOKEEPER_CLIENT_PORT"]),
    known("registry", &[5000], &[5001], &[]),
    known("mailhog", &[1025, 8025], &[], &[]),
    known("mailpit", &[1025, 8025], &[1110], &[]),
    known("minio", &[9000], &[9001, 9090], &[]),
    known("vault", &[8200], &[8201], &[]),
    known("etcd", &[2379], &[2380, 2381], &[]),
    known("redis-commander", &[8081], &[], &["PORT"]),
    known("mongo-express", &[8081], &[], &["PORT"]),
    known("tomcat", &[8080], &[8009, 8005, 8443], &[]),
    known("keycloak", &[8080], &[8443, 9000], &["KC_HTTP_PORT"]),
    known("all-in-one", &[16686], &[4317, 4318, 5775, 5778, 6831, 6832, 9411, 14250, 14268, 14269], &[]),
    known("opentelemetry-collector", &[4317, 4318], &[1777, 8888, 8889, 13133, 55679], &[]),
    known("opentelemetry-collector-contrib", &[4317, 4318], &[1777, 8888, 8889, 13133, 55679], &[]),
    known("loki", &[3100], &[7946, 9095, 9096], &[]),
    known("clickhouse-server", &[8123, 9000], &[8443, 9004, 9005, 9009, 9363, 9440], &[]),
    known("consul", &[8500], &[8300, 8301, 8302, 8501, 8502, 8503, 8600], &[]),
    known("cadvisor", &[8080], &[], &[]),
    known("blackbox-exporter", &[9115], &[], &[]),
    known("postgres-exporter", &[9187], &[], &[]),
    known("redis_exporter", &[9121], &[], &[]),
    known("pushgateway", &[9091], &[], &[]),
    known("solr", &[8983], &[], &["SOLR_PORT"]),
    known("sonarqube", &[9000], &[9001, 9092], &[]),
    known("jenkins", &[8080], &[50000], &[]),
    known("qdrant", &[6333], &[6334, 6335], &[]),
    known("meilisearch", &[7700], &[], &[]),
    known("ollama", &[11434], &[], &[]),
    known("localstack", &[4566], &[443, 4510, 4571], &[]),
    known("n8n", &[5678], &[5679], &["N8N_PORT"]),
    known("uptime-kuma", &[3001], &[], &["UPTIME_KUMA_PORT", "PORT"]),
    known("metabase", &[3000], &[], &["MB_JETTY_PORT"]),
    known("mailcatcher", &[1025, 1080], &[], &[]),
];

/// What is known of an image by its reference: `docker.io/library/redis:7-alpine` is `redis`.
pub fn known_image(reference: &str) -> Option<&'static Known> {
    let name = short_name(reference);
    TABLE.iter().find(|known| known.name == name)
}

/// Whether an image is a server that calls nobody: what is in its environment besides is there for others.
pub fn calls_nobody(reference: &str) -> bool {
    let servers = [
        "postgres",
        "postgis",
        "timescaledb",
        "pgvector",
        "mysql",
        "mysql-server",
        "mariadb",
        "percona",
        "mongo",
        "redis",
        "redis-stack",
        "redis-stack-server",
        "valkey",
        "keydb",
        "memcached",
        "rabbitmq",
        "eclipse-mosquitto",
        "elasticsearch",
        "opensearch",
        "minio",
        "mailhog",
        "mailpit",
        "clickhouse-server",
        "meilisearch",
        "qdrant",
    ];
    servers.contains(&short_name(reference))
}

/// The last part of an image's name, without tag and digest.
pub fn short_name(reference: &str) -> &str {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    last.split(['@', ':']).next().unwrap_or(last)
}

/// The words of the variable that said a word.
pub fn variable_words(word: &Word) -> Vec<String> {
    word.variable().map(name_words).unwrap_or_default()
}
