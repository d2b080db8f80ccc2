//! What a thing is called.

use super::line::line_of_text;

line_of_text! {
    /// The name that people gave to a key, a service or a workspace: one line of 1 to 100 characters.
    Label, 100
}
