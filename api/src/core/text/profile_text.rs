//! What a profile says in words.

use super::line::line_of_text;

line_of_text! {
    /// A name, a title or a place in a profile: one line of 1 to 200 characters, in any script.
    ProfileText, 200
}
