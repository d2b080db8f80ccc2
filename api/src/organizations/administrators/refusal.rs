//! Why an act on roles or invitations is refused.

use crate::core::{Code, Refusal};

/// Why an act on roles or invitations is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefusal {
    /// Nobody gives or takes a role of their own.
    #[error("You can't change your own role. Resign it, or ask another owner.")]
    OnSelf,
    /// They hold no role here, and can't be given one without asking them.
    #[error(
        "This person has no role here and isn't managed by your organization. Invite them with inviteAdministrator."
    )]
    InviteInstead,
    /// Nobody has ever set a password there: who gets power says yes to it themselves.
    #[error("This person hasn't taken up their account yet. Invite them with inviteAdministrator.")]
    NotTakenUp,
    /// No such person, as far as this organization sees.
    #[error("There is nobody under this id whom your organization can see.")]
    NobodySeen,
    /// They hold no role here.
    #[error("This person holds no role in your organization.")]
    NoRole,
    /// The address belongs to somebody who has this role here already.
    #[error("This address belongs to somebody who has this role here already.")]
    HasRole,
    /// Operators only see to it that an organization has an owner.
    #[error("An operator invites owners only; the owners invite everybody else.")]
    OwnersOnly,
    /// It was accepted or canceled.
    #[error("This invitation was accepted or canceled already.")]
    Settled,
}

impl Refusal for RoleRefusal {
    fn code(&self) -> Code {
        match self {
            Self::OnSelf => Code::OnSelf,
            Self::InviteInstead => Code::NotManaged,
            Self::NobodySeen | Self::NoRole => Code::NotFound,
            Self::HasRole => Code::Conflict,
            Self::OwnersOnly => Code::Invalid,
            Self::NotTakenUp | Self::Settled => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::OnSelf | Self::InviteInstead | Self::NotTakenUp | Self::NobodySeen | Self::NoRole => {
                &["input", "accountId"]
            }
            Self::HasRole => &["input", "email"],
            Self::OwnersOnly => &["input", "role"],
            Self::Settled => &["input", "invitationId"],
        }
    }
}
