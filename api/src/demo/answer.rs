//! An answer of the API in few lines: a label and a value each, and lists as tables.

use crate::demo::{ordered::Answer, print::wrap};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Space between columns.
const GAP: usize = 2;
/// How much of a secret is shown.
const SECRET_SHOWN: usize = 12;
/// How much of an id is shown in a table.
const ID_SHOWN: usize = 12;

/// Values that were kept under a name, and are written by it from then on.
#[derive(Default)]
pub struct Names {
    kept: BTreeMap<&'static str, Kept>,
}

/// A value with a name.
pub struct Kept {
    /// Its type in GraphQL, as a variable declares it.
    pub kind: &'static str,
    /// The value.
    pub value: String,
    /// Whether the reader has never seen it.
    is_new: bool,
}

impl Names {
    /// Keeps a value, in the place of an older one of that name.
    pub fn keep(&mut self, name: &'static str, kind: &'static str, value: &str) {
        self.kept.insert(name, Kept { kind, value: value.to_owned(), is_new: true });
    }

    /// From now on every name is known.
    pub fn learn(&mut self) {
        self.kept.values_mut().for_each(|kept| kept.is_new = false);
    }

    /// The value of a name; empty for one that was never kept.
    pub fn value(&self, name: &str) -> &str {
        self.kept.get(name).map_or("", |kept| kept.value.as_str())
    }

    /// All names that a text uses as `$name`.
    pub fn used_in(&self, text: &str) -> Vec<(&'static str, &Kept)> {
        let is_used = |name: &str| {
            text.split('$').skip(1).any(|rest| {
                rest.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
            })
        };
        self.kept.iter().filter(|(name, _)| is_used(name)).map(|(name, kept)| (*name, kept)).collect()
    }

    fn shown(&self, value: &str) -> Option<String> {
        let (name, kept) = self.kept.iter().find(|(_, kept)| kept.value == value)?;
        Some(if kept.is_new { format!("{value} = ${name}") } else { format!("${name}") })
    }
}

/// An answer in lines of `width` columns. What every line would begin with is left out, as the query above says it.
pub fn outline(answer: &Answer, names: &Names, width: usize) -> Vec<String> {
    let mut inner = answer;
    while let Some(only) = only_child(inner) {
        inner = only;
    }
    if let Answer::List(items) = inner {
        return table(items, names, width);
    }
    let mut leaves = Vec::new();
    collect(inner, "", &mut leaves);
    let scalars = leaves.iter().filter(|(_, value)| !is_list(value));
    let label = scalars.map(|(path, _)| path.chars().count()).max().unwrap_or_default() + GAP;
    let mut lines = Vec::new();
    for (path, value) in leaves {
        if is_list(value) {
            lines.push(path);
            let inner = table(value.items(), names, width - GAP);
            lines.extend(inner.into_iter().map(|line| format!("{:GAP$}{line}", "")));
            continue;
        }
        let text = scalar(&path, value, names);
        let beside = wrap(&text, width.saturating_sub(label));
        if beside.iter().any(|line| line.chars().count() + label > width) {
            lines.push(path);
            lines.extend(wrap(&text, width - GAP).into_iter().map(|line| format!("{:GAP$}{line}", "")));
            continue;
        }
        for (index, part) in beside.into_iter().enumerate() {
            let path = if index == 0 { path.as_str() } else { "" };
            lines.push(format!("{path:<label$}{part}"));
        }
    }
    lines
}

/// What lies below an object with a single entry or a list with a single object, if that has entries itself.
fn only_child(value: &Answer) -> Option<&Answer> {
    let child = match value {
        Answer::Object(entries) => entries.first().filter(|_| entries.len() == 1).map(|(_, child)| child),
        Answer::List(items) => items.first().filter(|_| items.len() == 1),
        _ => None,
    };
    child.filter(|child| matches!(child, Answer::Object(_)) || is_list(child))
}

fn is_list(value: &Answer) -> bool {
    value.items().iter().any(|item| matches!(item, Answer::Object(_)))
}

fn collect<'a>(value: &'a Answer, path: &str, leaves: &mut Vec<(String, &'a Answer)>) {
    // A list of one, such as a notice's only delivery, reads better without being a list.
    if let [only @ Answer::Object(_)] = value.items() {
        return collect(only, path, leaves);
    }
    let Answer::Object(entries) = value else {
        leaves.push((path.to_owned(), value));
        return;
    };
    for (key, child) in entries {
        let below = match (path, key.as_str()) {
            ("", key) => key.to_owned(),
            (path, "nodes") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        };
        collect(child, &below, leaves);
    }
}

fn scalar(path: &str, value: &Answer, names: &Names) -> String {
    match value {
        Answer::Null | Answer::Object(_) => "null".to_owned(),
        Answer::Plain(text) => text.clone(),
        Answer::Text(text) if path.ends_with("token") || path.ends_with("secret") => {
            format!("{}…", text.chars().take(SECRET_SHOWN).collect::<String>())
        }
        Answer::Text(text) => {
            let time = text.parse::<DateTime<Utc>>().ok();
            let time = time.map(|time| time.format("%-d %b %Y %H:%M UTC").to_string());
            time.or_else(|| names.shown(text)).unwrap_or_else(|| text.clone())
        }
        Answer::List(items) if items.is_empty() => "none".to_owned(),
        Answer::List(items) => items.iter().map(|item| scalar(path, item, names)).collect::<Vec<_>>().join(", "),
    }
}

/// One row for each object, below the names of its entries; where that is too wide, their entries one below the other.
fn table(items: &[Answer], names: &Names, width: usize) -> Vec<String> {
    let rows: Vec<Vec<(String, String)>> = items
        .iter()
        .map(|item| {
            let mut leaves = Vec::new();
            collect(item, "", &mut leaves);
            leaves.into_iter().map(|(path, value)| (path.clone(), cell(&path, value, names))).collect()
        })
        .collect();
    let mut columns: Vec<&str> = Vec::new();
    for (path, _) in rows.iter().flatten() {
        if !columns.contains(&path.as_str()) {
            columns.push(path);
        }
    }
    let mut grid: Vec<Vec<&str>> = vec![columns.clone()];
    for row in &rows {
        let of = |column: &&str| row.iter().find(|(path, _)| path == column).map_or("–", |(_, cell)| cell.as_str());
        grid.push(columns.iter().map(of).collect());
    }
    let mut widths = vec![0; columns.len()];
    for row in &grid {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &Vec<&str>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}{:GAP$}", ""));
        cells.collect::<String>().trim_end().to_owned()
    };
    let lines: Vec<String> = grid.iter().map(line).collect();
    if lines.iter().all(|line| line.chars().count() <= width) {
        return lines;
    }
    // Too wide for a table: one below the other.
    let blocks: Vec<Vec<String>> = items.iter().map(|item| outline(item, names, width)).collect();
    blocks.join(&String::new())
}

fn cell(path: &str, value: &Answer, names: &Names) -> String {
    let text = match value {
        Answer::Null => "–".to_owned(),
        value => scalar(path, value, names),
    };
    // Ids are for programs; their beginning tells them apart from other things.
    let is_id = text.len() > 26 && !text.contains(' ') && text.contains('_') && !text.contains('@');
    if is_id { format!("{}…", text.chars().take(ID_SHOWN).collect::<String>()) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_few_lines() {
        let text = r#"{"claim":{"status":"NOTIFYING","id":"clm_1","at":"2026-11-02T09:00:00+00:00",
            "assertions":{"nodes":[{"email":"a@b.example","reason":null},{"email":"c@d.example","reason":"SELF"}]}}}"#;
        let answer: Answer = serde_json::from_str(text).unwrap();
        let mut names = Names::default();
        names.keep("claim", "ID!", "clm_1");
        let lines = outline(&answer, &names, 80);
        let expected = [
            "status  NOTIFYING",
            "id      clm_1 = $claim",
            "at      2 Nov 2026 09:00 UTC",
            "assertions",
            "  email        reason",
            "  a@b.example  –",
            "  c@d.example  SELF",
        ];
        assert_eq!(lines, expected);
        names.learn();
        assert_eq!(outline(&answer, &names, 80)[1], "id      $claim");
        assert_eq!(names.used_in("a(b: $claim) $claims").len(), 1);
        assert!(names.used_in("$claims").is_empty());
    }
}
