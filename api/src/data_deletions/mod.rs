//! What vendors of third-party apps have to delete: all that came by an installation when it is over, and what is known of
//! one person when they are gone.
//!
//! A request is written with the change that makes it due (`core/apps/data_deletion`), and goes to the vendor by webhook. It
//! is open for thirty days, in which the vendor is reminded twice; then it is overdue, and the administrators are told. Of all
//! that came by one installation and has to be deleted within the same hour one job reminds, however many people it is. The
//! app confirms, in time or late, by its id and secret: its tokens have ended with the installation.

pub mod advance_data_deletion;
pub mod confirm_data_deletion;
pub mod graphql;
pub mod read;
