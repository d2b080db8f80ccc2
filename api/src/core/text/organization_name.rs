//! What an organization is called.

use super::line::line_of_text;

line_of_text! {
    /// The name of an organization: one line of 1 to 200 characters, in any script.
    OrganizationName, 200
}
