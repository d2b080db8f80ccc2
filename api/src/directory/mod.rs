//! The directory: members of one workspace, or people whose accounts one organization manages, see each other's name,
//! picture and address. Who is hidden (suspended, at rest, closed, about to be deleted) isn't in it, and sees none.

pub mod graphql;
pub mod read;
