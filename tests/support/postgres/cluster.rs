//! A private PostgreSQL server: made in a temporary folder, gone with the process that made it.
//!
//! Who ends it: a small shell, the guard, waits for the end of a pipe whose other end this process holds. The pipe
//! ends with the process in every case (last test done, panic, `kill -9`), so the guard stops the server and removes
//! the folder in every case. If the guard itself is killed, the folder stays; the next run finds that nobody holds
//! its lock any more and removes it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::programs::{User, command, other_user, succeeded};

/// Folders of this name are ours to remove, once nobody holds the lock in them.
const FOLDER_PREFIX: &str = "steward-tests-postgres-";

/// Durability is off: these databases die with the run. (Tests that kill, kill Steward's server, not this one.)
/// Autovacuum is off because hundreds of short-lived databases would keep it busy and make timings unsteady.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
jit = off
max_wal_size = '4GB'
";

/// The guard: waits for the pipe's end, stops the server, removes the folder. Signals of the terminal are ignored,
/// or Ctrl-C would end the guard before its work.
const GUARD: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
"$1/pg_ctl" stop --pgdata "$2/data" --mode immediate
rm -rf "$2"
"#;

/// A running server and the pipe that keeps it running.
pub struct Cluster {
    /// As superuser, without a database: `postgres://user:password@127.0.0.1:port`.
    pub base_url: String,
    folder: PathBuf,
    guard: Child,
    /// Held as long as the process lives; tells other runs that the folder is in use.
    _lock: File,
}

impl Cluster {
    /// Makes and starts a server with the programs in `programs`; takes one to two seconds.
    ///
    /// # Errors
    /// A sentence with what PostgreSQL said.
    pub fn start(programs: &Path) -> Result<Cluster, String> {
        remove_leftovers(programs);
        let folder = tempfile::Builder::new()
            .prefix(FOLDER_PREFIX)
            .tempdir()
            .map_err(|error| format!("no temporary folder for PostgreSQL: {error}"))?;
        let user = other_user(folder.path())?;
        let lock = take_lock(folder.path()).map_err(|error| format!("no lock in the temporary folder: {error}"))?;
        if let Some(user) = user {
            chown(folder.path(), Some(user.id), Some(user.group))
                .map_err(|error| format!("the temporary folder can't be given to user postgres: {error}"))?;
        }
        let folder = folder.keep(); // from here on, the guard removes it
        let guard = command(Path::new("/bin/sh"), &folder, user)
            .args(["-c", GUARD, "guard"])
            .args([programs, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null()) // or whoever reads the tests' output would wait for the guard
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("no guard for PostgreSQL: {error}"))?;

        let password = random_word()?;
        initialize(programs, &folder, user, &password)?;
        let port = start_server(programs, &folder, user)?;
        let base_url = format!("postgres://postgres:{password}@127.0.0.1:{port}");
        Ok(Cluster { base_url, folder, guard, _lock: lock })
    }

    /// Where the server's files lie, and its log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends the server and waits until its folder is gone. Without it, the same happens when the process ends.
    ///
    /// # Errors
    /// When the guard can't be waited for.
    pub fn stop(mut self) -> std::io::Result<()> {
        drop(self.guard.stdin.take());
        self.guard.wait().map(|_| ())
    }
}

/// `initdb` with UTF-8 and a password. The password is for the machine's other users: a superuser of PostgreSQL can
/// run programs as the user whom it runs as.
fn initialize(programs: &Path, folder: &Path, user: Option<User>, password: &str) -> Result<(), String> {
    let password_file = folder.join("password");
    let written = fs::write(&password_file, password)
        .and_then(|()| fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)))
        .and_then(|()| user.map_or(Ok(()), |user| chown(&password_file, Some(user.id), Some(user.group))));
    written.map_err(|error| format!("the password of PostgreSQL can't be written: {error}"))?;
    let run = |locale: &str| {
        command(&programs.join("initdb"), folder, user)
            .args(["--username=postgres", "--auth=password", "--pwfile=password", "--encoding=UTF8", "--no-sync"])
            .args([locale, "--pgdata=data"])
            .output()
    };
    // C.UTF-8 sorts by bytes and knows letters beyond ASCII; not every system has it.
    let mut output = run("--locale=C.UTF-8");
    if output.as_ref().is_ok_and(|output| !output.status.success()) {
        output = run("--locale=C");
    }
    succeeded("initdb", output)?;
    File::options()
        .append(true)
        .open(folder.join("data/postgresql.conf"))
        .and_then(|mut file| file.write_all(SETTINGS.as_bytes()))
        .map_err(|error| format!("PostgreSQL's settings can't be written: {error}"))
}

/// Starts the server on a free port and waits until it answers. Another program may take the port between the
/// look and the start, so several ports are tried.
fn start_server(programs: &Path, folder: &Path, user: Option<User>) -> Result<u16, String> {
    let mut last = String::new();
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| format!("no free port for PostgreSQL: {error}"))?
            .port();
        let output = command(&programs.join("pg_ctl"), folder, user)
            .args(["start", "--wait", "--silent", "--pgdata=data", "--log=log", "--options"])
            .arg(format!("-p {port}"))
            .stdout(Stdio::null()) // the server would inherit a pipe and keep it open
            .stderr(Stdio::null())
            .output();
        match succeeded("pg_ctl start", output) {
            Ok(()) => return Ok(port),
            Err(sentence) => last = sentence,
        }
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(format!("{last}\nThe server's log:\n{log}"))
}

/// The file gets its name only when it is locked, so that nobody takes a folder that is being made for a leftover.
fn take_lock(folder: &Path) -> std::io::Result<File> {
    let file = File::create(folder.join("starting"))?;
    file.lock()?;
    fs::rename(folder.join("starting"), folder.join("running"))?;
    Ok(file)
}

/// Removes the folders of runs whose guard was killed too. Failing at that hurts nobody: this run has a folder and
/// a port of its own.
fn remove_leftovers(programs: &Path) {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let folder = entry.path();
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(FOLDER_PREFIX));
        let Ok(lock) = File::open(folder.join("running")) else {
            continue;
        };
        if !ours || lock.try_lock().is_err() {
            continue;
        }
        let user = fs::metadata(&folder).ok().map(|folder| User { id: folder.uid(), group: folder.gid() });
        let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let _ = command(&programs.join("pg_ctl"), &folder, user.filter(|_| is_root))
            .args(["stop", "--silent", "--mode=immediate", "--pgdata=data"])
            .output();
        let _ = fs::remove_dir_all(&folder);
    }
}

/// 128 random bits in hexadecimal, from the system: this is no part of a test's story, so it needs no seed.
///
/// # Errors
/// A sentence, where the system gives no randomness.
pub fn random_word() -> Result<String, String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| format!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
