//! The binary as an operator meets it: each start that can't succeed ends with one sentence and the right exit code, and
//! one that can serves and stops cleanly. (Only this package's tests can name its binary.)

#![expect(clippy::unwrap_used, reason = "tests stop at what they don't expect")]

use sea_orm::{ConnectionTrait, Database};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
};
use steward::demo::dns_server::{Behaviour, DnsServer};
use tempfile::TempDir;

/// A key that could be somebody's.
const OTHER_KEY: (&str, &str) = ("STEWARD_SECRET_KEY", "0123456789abcdef0123456789abcdef");

/// A folder of its own for each test: relative paths, `steward.toml`, the key and the mails lie there.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn steward(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_steward"));
        command
            .args(arguments)
            .env_clear()
            .env("STEWARD_LISTEN", "127.0.0.1:0")
            .env("STEWARD_DNS_SERVERS", "127.0.0.1:9")
            .envs(variables.iter().copied())
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.steward(arguments, variables).output().unwrap()
    }

    /// A start that fails: its exit code and all that it says.
    fn refused(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
        let output = self.run(arguments, variables);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "one sentence: {said}");
        assert!(said.ends_with(".\n"), "{said}");
        (output.status.code().unwrap(), said.trim_end().to_owned())
    }

    /// What a command that succeeds or not writes for its reader, and its exit code.
    fn written(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
        let output = self.run(arguments, variables);
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    async fn execute(&self, sql: &str) {
        let url = format!("sqlite:{}", self.path().join("steward.db").display());
        let database = Database::connect(url).await.unwrap();
        database.execute_unprepared(sql).await.unwrap();
        database.close().await.unwrap();
    }
}

/// A service that runs; killed when a test fails before it has stopped it.
struct Running {
    child: Child,
    /// What it writes, kept open so that it can go on writing.
    log: BufReader<ChildStderr>,
    address: String,
    /// What it wrote until it listened.
    before: Vec<String>,
}

impl Running {
    fn start(place: &Place, variables: &[(&str, &str)]) -> Self {
        let mut command = place.steward(&["serve", "--log-format", "json"], variables);
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self { child, log, address: String::new(), before: Vec::new() };
        while running.address.is_empty() {
            let mut line = String::new();
            assert_ne!(running.log.read_line(&mut line).unwrap(), 0, "it ended: {:?}", running.before);
            let event: serde_json::Value = serde_json::from_str(&line).unwrap();
            running.address = event["address"].as_str().unwrap_or_default().to_owned();
            running.before.push(line);
        }
        running
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Tells it to stop; gives its exit code and what it wrote after it listened.
    fn stop(mut self) -> (i32, String) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().unwrap(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_serves_and_stops_when_it_is_told_to() {
    let place = Place::new();
    let running = Running::start(&place, &[]);
    assert!(running.get("/healthz").starts_with("HTTP/1.1 200 "));
    assert!(running.get("/readyz").starts_with("HTTP/1.1 200 "));
    // Mail as files is for trying out, and that is said once.
    let warnings = running.before.iter().filter(|line| line.contains("STEWARD_SMTP_URL"));
    assert_eq!(warnings.count(), 1, "{:?}", running.before);
    // A caller that stays connected doesn't hold up the end.
    let mut idle = TcpStream::connect(&running.address).unwrap();
    write!(idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).unwrap();
    let address = running.address.clone();
    let (code, rest) = running.stop();
    assert_eq!(code, 0);
    assert!(rest.contains("Steward has stopped") && !rest.contains("cut off"), "{rest}");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_second_start_finds_what_the_first_has_made() {
    let place = Place::new();
    let file = place.path().join("steward.db.key");
    assert_eq!(Running::start(&place, &[]).stop().0, 0);
    let key = std::fs::read_to_string(&file).unwrap();
    assert_eq!(Running::start(&place, &[]).stop().0, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), key);
    // The same key, now by its setting; no log line shows it.
    let running = Running::start(&place, &[("STEWARD_SECRET_KEY", key.trim())]);
    assert!(running.before.iter().all(|line| !line.contains(key.trim())));
    assert_eq!(running.stop().0, 0);
}

#[cfg(unix)]
#[test]
fn database_and_key_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let running = Running::start(&place, &[]);
    for name in ["steward.db", "steward.db-wal", "steward.db.key"] {
        let rights = place.path().join(name).metadata().unwrap().permissions();
        assert_eq!(rights.mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(running.stop().0, 0);
}

#[test]
fn a_wrong_setting_ends_with_2_and_says_which() {
    let place = Place::new();
    let must = "it must be an address and a port, such as 127.0.0.1:8080.";
    assert_eq!(
        place.refused(&["serve"], &[("STEWARD_LISTEN", "abc")]),
        (2, format!("STEWARD_LISTEN is \"abc\": {must}"))
    );
    assert_eq!(place.refused(&["serve", "--listen", "8080"], &[]), (2, format!("--listen is \"8080\": {must}")));
    let file = place.path().join("steward.toml");
    std::fs::write(&file, "minimum_notice_days = 3\n").unwrap();
    let said = "minimum_notice_days in steward.toml is \"3\": it must be a number from 7 to 90.";
    assert_eq!(place.refused(&["serve"], &[]), (2, said.to_owned()));
    std::fs::write(&file, "minimum_notice_dayz = 30\n").unwrap();
    let (code, said) = place.refused(&["serve"], &[]);
    let begins = "steward.toml names \"minimum_notice_dayz\", which is no setting";
    assert!(code == 2 && said.starts_with(begins), "{said}");
}

#[test]
fn a_short_secret_key_is_refused_and_not_repeated() {
    let (code, said) = Place::new().refused(&["serve"], &[("STEWARD_SECRET_KEY", "hunter2")]);
    assert_eq!(code, 2);
    assert!(said.contains("at least 32 characters") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_taken_port_ends_with_1_and_touches_nothing() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = place.refused(&["serve"], &[("STEWARD_LISTEN", &address)]);
    assert_eq!(code, 1);
    let begins = format!("Steward can't listen on {address}: another program");
    assert!(said.starts_with(&begins), "{said}");
    assert!(!place.path().join("steward.db").exists());
}

#[test]
fn an_unreachable_postgres_ends_with_1_at_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://steward:hunter2@{free}/steward");
    let variables = [("STEWARD_DATABASE_URL", url.as_str()), OTHER_KEY];
    let (code, said) = Place::new().refused(&["serve"], &variables);
    assert_eq!(code, 1);
    let why = format!("PostgreSQL at {free} can't be reached: ");
    assert!(said.contains(&why) && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_missing_folder_ends_with_1() {
    let variables = [("STEWARD_DATABASE_URL", "sqlite:nowhere/steward.db")];
    let (code, said) = Place::new().refused(&["serve"], &variables);
    assert_eq!(code, 1);
    let begins = "The folder of the database file nowhere/steward.db doesn't exist";
    assert!(said.starts_with(begins), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_database_ends_with_1() {
    let place = Place::new();
    assert_eq!(place.written(&["migrate"], &[]).0, 0);
    place.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    for command in ["serve", "migrate"] {
        let (code, said) = place.refused(&[command], &[]);
        assert_eq!(code, 1);
        assert!(said.contains("newer version of Steward") && said.contains("m9999_later"), "{said}");
    }
    let dns = DnsServer::start().await.unwrap().address().to_string();
    let (code, said) = place.written(&["doctor"], &[("STEWARD_DNS_SERVERS", &dns)]);
    assert_eq!(code, 1);
    assert!(said.contains("BAD   tables      The database was made by a newer"), "{said}");
}

#[test]
fn another_secret_key_ends_with_1() {
    let place = Place::new();
    assert_eq!(Running::start(&place, &[]).stop().0, 0);
    let (code, said) = place.refused(&["serve"], &[OTHER_KEY]);
    assert_eq!(code, 1);
    let begins = "This database was first used with another secret key";
    assert!(said.starts_with(begins), "{said}");
    // A lost file isn't replaced by a new key, which would hide the loss.
    let file = place.path().join("steward.db.key");
    std::fs::remove_file(&file).unwrap();
    let (code, said) = place.refused(&["serve"], &[]);
    assert_eq!(code, 1);
    let why = "steward.db.key with the secret key of this database is missing";
    assert!(said.contains(why) && !file.exists(), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_to_do_and_changes_nothing() {
    let dns = DnsServer::start().await.unwrap();
    let dns_servers = dns.address().to_string();
    let dns_servers = ("STEWARD_DNS_SERVERS", dns_servers.as_str());
    dns.answer_with("example.com", Behaviour::ServerFailure);
    let place = Place::new();
    let (code, said) = place.written(&["doctor"], &[dns_servers]);
    assert_eq!(code, 1);
    for line in [
        "note  database    the file steward.db doesn't exist yet",
        "note  mail        mails become files in mail",
        "BAD   DNS         ",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);

    let running = Running::start(&place, &[]);
    let public_url = format!("http://{}", running.address);
    dns.remove("example.com");
    let (code, said) = place.written(&["doctor"], &[("STEWARD_PUBLIC_URL", &public_url), dns_servers]);
    assert_eq!(code, 0);
    for well in ["database   ", "tables     ", "secret key ", "DNS        ", "public URL "] {
        assert!(said.contains(&format!("ok    {well}")), "{said}");
    }
    assert_eq!(running.stop().0, 0);
}

#[test]
fn operators_are_made_and_unmade() {
    let place = Place::new();
    let (code, said) = place.written(&["create-operator", "olga@platform.example"], &[]);
    assert_eq!(code, 0);
    let link = said.lines().nth(1).unwrap();
    let token = link.strip_prefix("http://127.0.0.1:0/password-reset/").unwrap();
    assert_eq!(token.len(), 64, "{said}");
    let (code, said) = place.written(&["revoke-operator", "OLGA@platform.example"], &[]);
    assert_eq!((code, said.lines().count()), (0, 1), "{said}");
    assert_eq!(
        place.refused(&["revoke-operator", "olga@platform.example"], &[]),
        (1, "There is no operator with this address.".to_owned())
    );
    let (code, said) = place.refused(&["create-operator", "olga"], &[]);
    assert!(code == 2 && said.starts_with("The address \"olga\" must be"), "{said}");
}

#[test]
fn accounts_are_imported_once() {
    let place = Place::new();
    let file = place.path().join("people.csv");
    std::fs::write(&file, "email,display_name\nana@acme.example,Ana\nnobody,Nobody\n").unwrap();
    let import = ["import", "accounts", "people.csv"];
    let refused = "Rows refused: 1, with reasons in people.csv.refused.csv.\n";
    assert_eq!(
        place.written(&[&import[..], &["--dry-run"]].concat(), &[]),
        (0, format!("Accounts that would be made: 1. There already: 0. {refused}"))
    );
    assert_eq!(place.written(&import, &[]), (0, format!("Accounts made: 1. There already: 0. {refused}")));
    assert_eq!(place.written(&import, &[]), (0, format!("Accounts made: 0. There already: 1. {refused}")));
    let rows = std::fs::read_to_string(place.path().join("people.csv.refused.csv")).unwrap();
    assert!(rows.contains("nobody"), "{rows}");
    let (code, said) = place.refused(&["import", "accounts", "lost.csv"], &[]);
    assert!(code == 1 && said.starts_with("The file lost.csv can't be read: "), "{said}");
}

#[test]
fn what_only_prints_needs_no_setting() {
    for (command, begins) in [("schema", "type Query"), ("permissions", "Who may do what")] {
        let (code, said) = Place::new().written(&[command], &[("STEWARD_LISTEN", "abc")]);
        assert!(code == 0 && said.contains(begins), "{said}");
    }
}
