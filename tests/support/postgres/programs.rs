//! PostgreSQL's programs on this machine, and the user who may run them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The user that runs PostgreSQL's programs, when it isn't the user who runs the tests.
#[derive(Clone, Copy)]
pub(super) struct User {
    pub id: u32,
    pub group: u32,
}

/// The folder with `initdb`, `pg_ctl` and `postgres`, or `None` where PostgreSQL isn't installed.
/// Looks along `PATH`, then at Debian's place (newest version first), then asks `pg_config`.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev().map(|(_, folder)| folder));
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    folders.into_iter().find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file()))
}

/// A command in `folder`, run by `user`, whom the caller's surroundings don't reach.
pub(super) fn command(program: &Path, folder: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("PG")) {
            command.env_remove(name);
        }
    }
    if let Some(user) = user {
        command.uid(user.id).gid(user.group);
    }
    command
}

/// `postgres` when the tests run as root, whom `initdb` refuses; otherwise nobody else.
pub(super) fn other_user(own_folder: &Path) -> Result<Option<User>, String> {
    let own = fs::metadata(own_folder).map_err(|error| format!("the temporary folder can't be read: {error}"))?;
    if own.uid() != 0 {
        return Ok(None);
    }
    let ask = |option: &str| {
        let output = Command::new("id").args([option, "postgres"]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    match (ask("-u"), ask("-g")) {
        (Some(id), Some(group)) => Ok(Some(User { id, group })),
        _ => Err("PostgreSQL refuses to run as root, and there is no user `postgres` to run it as".to_owned()),
    }
}

/// The error is a sentence with what the program said.
pub(super) fn succeeded(what: &str, output: std::io::Result<Output>) -> Result<(), String> {
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{what} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("{what} can't be run: {error}")),
    }
}
