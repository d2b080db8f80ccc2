//! The claim: what it would do, what may not be done before it, and the notices that it sends.

use super::{MARTA, proof::expect};
use crate::{
    demo::{
        company::READS,
        stage::{Stage, unexpected},
    },
    startup::StartError,
};

/// What an administrator may do to Ada's account.
pub const PERMISSIONS: &str = "account(id: $ada) {\n  email displayName\n  \
                               viewerPermissions(organizationId: $organization) { action allowed reason }\n}";
/// How far the claim is.
pub const PROGRESS: &str = "claim(id: $claim) {\n  status announcedAt\n  \
                            counts { pending inEffect avoided undelivered }\n}";

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.heading("4. The claim")?;
    stage.printer.say("Marta looks at what a claim would do. A plan changes nothing and tells nobody.");
    let query = "domain(id: $domain) {\n  claimPlan {\n    claimable excluded { reason accounts }\n    \
                 candidates(first: 3) { nodes { accountId email } }\n  }\n}";
    let plan = stage.ask(MARTA, query, &[]).await?;
    expect(&plan, "domain.claimPlan.claimable", "989")?;
    stage.printer.say(
        "989 are the 988 of people.csv and Marta herself. The twelve of new.csv never proved their addresses, so that \
         nobody knows whether they are Fernwhistle's people at all.",
    );
    find_ada(stage).await?;
    stage.printer.say(
        "A proved domain alone gives no power over anybody. Further down in the plan is Ada, with her id, $ada. Marta \
         sees Ada's address and not even her name, and may do nothing:",
    );
    let before = stage.ask(MARTA, PERMISSIONS, &[]).await?;
    let allowed = before.at("account.viewerPermissions").items().iter();
    if allowed.clone().count() == 0 || allowed.clone().any(|told| told.at("allowed").text() != "false") {
        return Err(unexpected("a power before any claim"));
    }

    stage.printer.say("She claims everyone, with two weeks of notice and words of her own.");
    let mutation = "claimAccounts(input: {\n  organizationId: $organization\n  domainId: $domain\n  \
                    scope: { everyone: {} }\n  noticePeriodDays: 14\n  \
                    message: \"Locked out? IT can help you now. Private? Move it.\"\n\
                    }) {\n  claimable claim { id status }\n}";
    stage.change(MARTA, mutation, &[("claim", "claim.id")]).await?;
    stage.work().await?;
    let mails = stage.mailbox.count().map_err(|error| unexpected(&error.to_string()))?;
    stage.printer.say(&format!(
        "Workers write the notices and send them: the folder holds {mails} mails now. Nothing is in effect yet. The \
         two weeks count from the moment when each notice was delivered.",
    ));
    let progress = stage.ask(MARTA, PROGRESS, &[]).await?;
    expect(&progress, "claim.status", "NOTIFYING")?;
    expect(&progress, "claim.counts.undelivered", "1")?;
    stage.printer.say("One notice couldn't be delivered. Whose, and why?");
    let query = "organization(id: $organization) {\n  notices(filter: { status: FAILED }) {\n    \
                 nodes { kind deliveries { address status lastError } }\n  }\n}";
    let failed = stage.ask(MARTA, query, &[]).await?;
    expect(&failed, "organization.notices.nodes.0.deliveries.0.status", "FAILED")?;
    stage.printer.say(
        "Viktor's two weeks don't begin before a notice reaches him: nobody comes under control without knowing. Once \
         his mailbox is back, `resendNotice` tells him again.",
    );
    Ok(())
}

/// Goes through the plan until Ada is found, and keeps her id.
async fn find_ada(stage: &mut Stage) -> Result<(), StartError> {
    let mut after = String::new();
    loop {
        let query = format!(
            "domain(id: $domain) {{ claimPlan {{ candidates(first: 100{after}) {{ \
             nodes {{ accountId email }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        let data = stage.look(MARTA, &query).await?;
        let page = data.at("domain.claimPlan.candidates");
        let ada = page.at("nodes").items().iter().find(|candidate| candidate.at("email").text() == READS.email);
        if let Some(ada) = ada {
            stage.names.keep("ada", "ID!", ada.at("accountId").text());
            stage.names.learn();
            return Ok(());
        }
        if page.at("pageInfo.hasNextPage").text() != "true" {
            return Err(unexpected("Ada isn't in the plan"));
        }
        after = format!(", after: \"{}\"", page.at("pageInfo.endCursor").text());
    }
}
