//! The repository's text files, and breaches found in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::code;

/// The workspace's folder.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A text file of the repository.
pub struct Source {
    /// From the root, with slashes.
    pub path: String,
    pub text: String,
    /// Of Rust files: the text with comments and the insides of strings blanked, line by line the same. Otherwise
    /// empty.
    pub code: String,
}

/// A place where a rule is broken.
pub struct Breach {
    pub path: String,
    /// From 1.
    pub line: usize,
    /// What was found there, in a few words.
    pub what: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Source {
        let code = if path.ends_with(".rs") { code::only(text) } else { String::new() };
        Source { path: path.to_owned(), text: text.to_owned(), code }
    }

    pub fn breach(&self, line: usize, what: impl Into<String>) -> Breach {
        Breach { path: self.path.clone(), line, what: what.into() }
    }

    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it defines an action, the content by which a verb's file is known.
    pub fn is_verb(&self) -> bool {
        self.code.lines().any(|line| line.contains("impl") && line.contains("Action for "))
    }

    /// The folder below `api/src` that the file lies in.
    pub fn slice(&self) -> Option<&str> {
        self.path.strip_prefix("api/src/")?.split_once('/').map(|(folder, _)| folder)
    }

    /// Breaches at the lines of code that contain one of `patterns`.
    pub fn lines_of_code_with(&self, patterns: &[&str]) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for (index, line) in self.code.lines().enumerate() {
            if let Some(pattern) = patterns.iter().find(|pattern| line.contains(*pattern)) {
                breaches.push(self.breach(index + 1, format!("`{pattern}`")));
            }
        }
        breaches
    }
}

/// The files that git knows or would add; where git can't tell, all but what builds leave.
pub fn repository() -> Vec<Source> {
    let root = Path::new(ROOT);
    let listed = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root)
        .output();
    let paths: Vec<String> = match listed {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).split_terminator('\0').map(str::to_owned).collect()
        }
        _ => walk(root),
    };
    let read = |path: &String| Some(Source::new(path, &fs::read_to_string(root.join(path)).ok()?));
    paths.iter().filter_map(read).collect()
}

/// Every file below `root`, by its path from there.
fn walk(root: &Path) -> Vec<String> {
    let mut folders = vec![PathBuf::new()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            let is_built = path == Path::new("target") || path == Path::new(".git");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !is_built => folders.push(path),
                Ok(kind) if kind.is_file() => files.push(path.to_string_lossy().into_owned()),
                _ => {}
            }
        }
    }
    files
}

#[test]
fn without_git_the_same_files_are_found() {
    let root = Path::new(ROOT);
    let walked = walk(root);
    assert!(walked.iter().any(|path| path == "tests/tidy/source.rs"));
    assert!(walked.iter().all(|path| !path.starts_with("target/") && !path.starts_with(".git/")));
}
