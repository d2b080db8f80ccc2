//! Why something was done.

use super::line::line_of_text;

line_of_text! {
    /// Why somebody did something, for the log: one line of 1 to 500 characters.
    Reason, 500
}
