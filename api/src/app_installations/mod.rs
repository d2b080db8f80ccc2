//! Third-party apps at work: installed on an organization or on one workspace, with the scopes that its administrators agreed
//! to.
//!
//! `INSTALLING` until everybody whom it concerns has been told, which a job does in chunks; then `INSTALLED`, and only then
//! the app sees anything. `FAILED` where the organization has come to refuse the app meanwhile; it can be tried again.
//! `UNINSTALLING` from the moment on when the app sees nothing any more, until everybody has been told; then
//! `UNINSTALLED`, for ever, and the app may be installed anew.
//!
//! More scopes hold when everybody has been told of them, until then those from before; less holds at once. What holds is
//! narrowed by the organization's word on the app at each use: see `core/apps/rules`.

pub mod advance_installation;
pub mod cancel_installation;
pub mod consent;
pub mod graphql;
pub mod install_app;
pub mod move_app_on;
pub mod read;
pub mod retry_installation;
pub mod uninstall_app;
pub mod update_installation;
