//! Domains in the schema.

mod objects;

pub use objects::{Domain, DomainVerificationMethod, OrganizationDomains};

use crate::{
    core::{Error, Result as CoreResult, text::DomainName},
    domains::{
        add_domain::AddDomain,
        regenerate_domain_challenge::RegenerateDomainChallenge,
        remove_domain::{RemoveDomain, RemovedDomain},
        verify_domain::VerifyDomain,
    },
    graphql::{
        Settled, Viewer,
        error::{read, user_error},
        input::{id, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use steward_entities::id::{DomainId, OrganizationId};

/// Reads of domains.
#[derive(Default)]
pub struct DomainQuery;

#[Object]
impl DomainQuery {
    /// One domain; null when there is none under this id that you can see.
    async fn domain(&self, ctx: &Context<'_>, #[graphql(desc = "The domain's id.")] id: ID) -> Result<Option<Domain>> {
        let Ok(id) = id.parse::<DomainId>() else {
            return Ok(None);
        };
        Ok(read(Viewer::of(ctx).reader().domain(id).await)?.map(Domain))
    }
}

/// A domain to add.
#[derive(InputObject)]
pub struct AddDomainInput {
    /// The organization that owns it.
    organization_id: ID,
    /// The domain's bare name, in ASCII or Unicode: `bücher.example`. Not a public suffix, a mail service for everybody,
    /// an IP address or a single label; 234 octets in ASCII at most.
    name: String,
    /// Whether its proof shall cover all domains below it too.
    #[graphql(default)]
    include_subdomains: bool,
}

/// A domain to verify.
#[derive(InputObject)]
pub struct VerifyDomainInput {
    /// The organization that owns it.
    organization_id: ID,
    /// The domain.
    domain_id: ID,
    /// Where its challenge was published.
    #[graphql(default_with = "DomainVerificationMethod::DnsTxt")]
    method: DomainVerificationMethod,
}

/// A domain whose challenge to renew.
#[derive(InputObject)]
pub struct RegenerateDomainChallengeInput {
    /// The organization that owns it.
    organization_id: ID,
    /// The domain.
    domain_id: ID,
}

/// A domain to remove.
#[derive(InputObject)]
pub struct RemoveDomainInput {
    /// The organization that owns it.
    organization_id: ID,
    /// The domain.
    domain_id: ID,
    /// Whether you only want to know what would end: then nothing is changed and nobody is told.
    #[graphql(default)]
    dry_run: bool,
}

/// What ends with a domain.
#[derive(SimpleObject)]
pub struct RemoveDomainPlan {
    /// How many accounts are under control by this domain and are released.
    released_accounts: i64,
    /// How many assertions of control wait and are canceled.
    canceled_assertions: i64,
    /// How many claims haven't ended yet.
    open_claims: i64,
}

payload! {
    /// What came of `addDomain`.
    AddDomainPayload {
        /// The domain, with the challenge to publish.
        domain: Option<Domain>,
    }
}

payload! {
    /// What came of `verifyDomain`.
    VerifyDomainPayload {
        /// The domain; also when it wasn't proved, with what its `lastCheck` saw.
        domain: Option<Domain>,
    }
}

payload! {
    /// What came of `regenerateDomainChallenge`.
    RegenerateDomainChallengePayload {
        /// The domain, with its new challenge.
        domain: Option<Domain>,
    }
}

payload! {
    /// What came of `removeDomain`.
    RemoveDomainPayload {
        /// The domain.
        domain: Option<Domain>,
        /// What ends with it; after a dry run what would.
        plan: Option<RemoveDomainPlan>,
    }
}

/// Changes of domains.
#[derive(Default)]
pub struct DomainMutation;

#[Object]
impl DomainMutation {
    /// Adds a domain to an organization, and gives the challenge that proves it within seven days. It says nothing about
    /// whether others have added the same domain.
    async fn add_domain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which domain.")] input: AddDomainInput,
    ) -> Settled<AddDomainPayload> {
        settle(add(Viewer::of(ctx), input).await)
    }

    /// Looks for a domain's challenge. If it is there, the domain is the organization's; if not, `domain.lastCheck` says
    /// what was looked up, what was found, and what to do. For a verified domain this is a re-check. At most 60 times an
    /// hour.
    async fn verify_domain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which domain, and how it is proved.")] input: VerifyDomainInput,
    ) -> Settled<VerifyDomainPayload> {
        settle(verify(Viewer::of(ctx), input).await)
    }

    /// Makes a new challenge, to be proved within seven days. An older one that wasn't proved is worth nothing from now
    /// on; the one that proved the domain goes on serving re-checks until the new one is proved.
    async fn regenerate_domain_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which domain.")] input: RegenerateDomainChallengeInput,
    ) -> Settled<RegenerateDomainChallengePayload> {
        settle(renew(Viewer::of(ctx), input).await)
    }

    /// Gives a domain up: accounts under control by it are released, assertions and claims that wait are canceled, and
    /// the people concerned are told. Ask by `dryRun` first. Confirm your password by `reauthenticate` before.
    async fn remove_domain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which domain.")] input: RemoveDomainInput,
    ) -> Settled<RemoveDomainPayload> {
        settle(remove(Viewer::of(ctx), input).await)
    }
}

async fn add(viewer: &Viewer, input: AddDomainInput) -> CoreResult<AddDomainPayload> {
    let name = text(&["input", "name"], DomainName::parse(&input.name))?;
    text(&["input", "name"], name.claimable())?;
    let action = AddDomain {
        organization: organization(&input.organization_id)?,
        name,
        include_subdomains: input.include_subdomains,
    };
    let id = viewer.perform(action).await?;
    Ok(AddDomainPayload { domain: viewer.reader().domain(id).await?.map(Domain), ..Default::default() })
}

async fn verify(viewer: &Viewer, input: VerifyDomainInput) -> CoreResult<VerifyDomainPayload> {
    let (organization, domain) = (organization(&input.organization_id)?, named(&input.domain_id)?);
    let action = VerifyDomain::new(organization, domain, input.method.into());
    // A refusal too comes with the domain: what the check saw was kept.
    let user_errors = match viewer.perform(action).await {
        Ok(_) => Vec::new(),
        Err(Error::Refused(refusal)) => vec![user_error(refusal.as_ref())],
        Err(error) => return Err(error),
    };
    let domain = viewer.reader().domain(domain).await?;
    let domain = domain.filter(|domain| domain.organization_id == organization).map(Domain);
    Ok(VerifyDomainPayload { domain, user_errors })
}

async fn renew(viewer: &Viewer, input: RegenerateDomainChallengeInput) -> CoreResult<RegenerateDomainChallengePayload> {
    let action = RegenerateDomainChallenge {
        organization: organization(&input.organization_id)?,
        domain: named(&input.domain_id)?,
    };
    let id = viewer.perform(action).await?;
    Ok(RegenerateDomainChallengePayload { domain: viewer.reader().domain(id).await?.map(Domain), ..Default::default() })
}

async fn remove(viewer: &Viewer, input: RemoveDomainInput) -> CoreResult<RemoveDomainPayload> {
    let action = RemoveDomain {
        organization: organization(&input.organization_id)?,
        domain: named(&input.domain_id)?,
        dry_run: input.dry_run,
    };
    let RemovedDomain { domain, plan } = viewer.perform(action).await?;
    let plan = RemoveDomainPlan {
        released_accounts: plan.released_accounts,
        canceled_assertions: plan.canceled_assertions,
        open_claims: plan.open_claims,
    };
    Ok(RemoveDomainPayload {
        domain: viewer.reader().domain_or_removed(domain).await?.map(Domain),
        plan: Some(plan),
        ..Default::default()
    })
}

fn organization(given: &ID) -> CoreResult<OrganizationId> {
    id(&["input", "organizationId"], given)
}

fn named(given: &ID) -> CoreResult<DomainId> {
    id(&["input", "domainId"], given)
}
