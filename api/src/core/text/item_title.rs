//! What an item is called.

use super::line::line_of_text;

line_of_text! {
    /// The title of an item: one line of 1 to 200 characters.
    ItemTitle, 200
}
