//! Parsed documents, kept by their text: programs send the same few queries all day.
//!
//! A text that is known skips lexing, parsing and measuring. Keys are the texts themselves, so that no two of them
//! can be taken for each other. Bounded in number and in bytes: a parsed document takes about twenty times its text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::limits::ParsedDocument;
use super::request_error::RequestError;

/// The most documents that are kept.
const MAX_DOCUMENTS: usize = 1_024;
/// The most bytes of text that are kept, over all documents.
const MAX_BYTES: usize = 1 << 20;
/// Longer texts are parsed each time: they are written by programs that make them anew, or by nobody's friend.
const MAX_BYTES_OF_ONE: usize = 32 * 1024;

/// The documents of one schema; a second schema needs its own, since validity is kept with the document.
#[derive(Debug, Default)]
pub struct Documents {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_text: HashMap<Arc<str>, Entry>,
    bytes: usize,
    /// Grows by one with each use; orders entries by their last one.
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    document: Arc<ParsedDocument>,
    last_use: u64,
}

impl Documents {
    /// The document of this text, parsed now or before.
    ///
    /// # Errors
    /// What [`ParsedDocument::parse`] refuses. Refused texts are not kept.
    pub fn get_or_parse(&self, text: &str) -> Result<Arc<ParsedDocument>, RequestError> {
        if let Some(document) = self.get(text) {
            return Ok(document);
        }
        // Outside the lock: two requests may parse the same new text at once, and the later one stays.
        let document = Arc::new(ParsedDocument::parse(text)?);
        self.keep(text, Arc::clone(&document));
        Ok(document)
    }

    fn get(&self, text: &str) -> Option<Arc<ParsedDocument>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        let entry = kept.by_text.get_mut(text)?;
        entry.last_use = now;
        Some(Arc::clone(&entry.document))
    }

    fn keep(&self, text: &str, document: Arc<ParsedDocument>) {
        if text.len() > MAX_BYTES_OF_ONE {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let entry = Entry { document, last_use: kept.uses };
        if kept.by_text.insert(text.into(), entry).is_none() {
            kept.bytes += text.len();
        }
        if kept.by_text.len() > MAX_DOCUMENTS || kept.bytes > MAX_BYTES {
            kept.drop_older_half();
        }
    }
}

impl Kept {
    /// Half at once, so that a flood of new texts pays for one sort in five hundred.
    fn drop_older_half(&mut self) {
        let mut uses: Vec<u64> = self.by_text.values().map(|entry| entry.last_use).collect();
        uses.sort_unstable();
        let Some(middle) = uses.get(uses.len() / 2).copied() else {
            return;
        };
        self.by_text.retain(|_, entry| entry.last_use >= middle);
        self.bytes = self.by_text.keys().map(|text| text.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_text_gives_the_same_document() {
        let documents = Documents::default();
        let first = documents.get_or_parse("{ a }").expect("valid");
        let second = documents.get_or_parse("{ a }").expect("valid");
        let other = documents.get_or_parse("{ b }").expect("valid");
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &other));
    }

    #[test]
    fn refused_and_long_texts_are_not_kept() {
        let documents = Documents::default();
        assert!(documents.get_or_parse("{ a").is_err());
        let long = format!("{{ a }} #{}", "x".repeat(MAX_BYTES_OF_ONE));
        let first = documents.get_or_parse(&long).expect("valid");
        let second = documents.get_or_parse(&long).expect("valid");
        assert!(!Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn many_texts_push_out_those_that_were_not_used_for_longest() {
        let documents = Documents::default();
        let used = documents.get_or_parse("{ used }").expect("valid");
        let unused = documents.get_or_parse("{ unused }").expect("valid");
        for number in 0..5_000 {
            documents.get_or_parse(&format!("{{ a{number} }}")).expect("valid");
            documents.get_or_parse("{ used }").expect("valid");
        }
        assert!(Arc::ptr_eq(&used, &documents.get_or_parse("{ used }").expect("valid")));
        assert!(!Arc::ptr_eq(&unused, &documents.get_or_parse("{ unused }").expect("valid")));
        assert!(documents.kept.lock().expect("not poisoned").by_text.len() <= MAX_DOCUMENTS);
    }

    #[test]
    fn large_texts_are_bounded_by_their_bytes() {
        let documents = Documents::default();
        for number in 0..100 {
            documents.get_or_parse(&format!("{{ a{number} }} #{}", "x".repeat(30_000))).expect("valid");
        }
        let kept = documents.kept.lock().expect("not poisoned");
        assert!(kept.bytes <= MAX_BYTES);
        assert_eq!(kept.bytes, kept.by_text.keys().map(|text| text.len()).sum::<usize>());
        assert!(kept.by_text.len() >= 10);
    }
}
