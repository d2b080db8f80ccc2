//! Why an account was left as it is.

use crate::core::powers::PowerRefusal;
use async_graphql::Enum;

/// Why an account was left as it is. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "PowerRefusal")]
pub enum SkippedReason {
    /// There is no such account that your organization sees.
    NotFound,
    /// Your organization doesn't manage it.
    NotManaged,
    /// The person holds powers in your organization that you lack.
    HigherRole,
    /// Nobody does this to themselves.
    #[graphql(name = "SELF")]
    OnSelf,
    /// Your organization required a new password of this person in the last 24 hours.
    RequiredToday,
    /// It is so already.
    AlreadySo,
    /// Your organization has restricted, suspended or terminated nothing here.
    NotBlocked,
    /// The person has no membership in your organization's workspaces that is in force.
    NotAMember,
    /// Your organization has terminated the account: restore it first.
    Terminated,
    /// The deletion of the account is scheduled: cancel it first.
    BeingDeleted,
    /// Your organization has scheduled no deletion of it.
    NotBeingDeleted,
    /// The proof of the domain on which your organization's control rests is missing: prove it again first.
    ProofMissing,
    /// The person uses the account already.
    TakenUp,
    /// The person hasn't taken up the account yet: renew its invitation instead.
    NotTakenUp,
    /// It has changed since you read it.
    Stale,
    /// The address lies outside the domains that your organization has proved.
    OutsideDomains,
    /// The address can't be used here.
    AddressTaken,
    /// An invitation would go to the new address, and too many went there lately: try again in an hour.
    MailedTooOften,
    /// What was to be done to it was lifted while the job went on.
    LiftedMeanwhile,
    /// As many of your organization's edit restrictions name the person as can be in force at once.
    TooManyRestrictions,
    /// An organization keeps at least one owner.
    LastOwner,
    /// The person has asked for no change of address that waits.
    NoChangeWaits,
}
