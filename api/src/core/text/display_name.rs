//! What a person is called.

use super::line::line_of_text;

line_of_text! {
    /// The name that a person shows to others: one line of 1 to 200 characters, in any script.
    DisplayName, 200
}
