//! The proof that the domain is the organization's own.

use super::MARTA;
use crate::{
    demo::{
        ordered::Answer,
        stage::{Stage, unexpected},
    },
    startup::StartError,
};
use chrono::TimeDelta;

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.heading("3. The proof of the domain")?;
    stage.printer.say(
        "Anybody could say that fernwhistle.example is theirs. Only who owns it can publish in its DNS, so Marta gets \
         a value to publish there.",
    );
    let mutation = "addDomain(input: {\n  organizationId: $organization\n  name: \"fernwhistle.example\"\n}) {\n  \
                      domain {\n    id status\n    challenge { recordType recordName recordValue expiresAt }\n  }\n}";
    let added = stage.change(MARTA, mutation, &[("domain", "domain.id")]).await?;

    stage.printer.say("She is quick, and asks for the check before the record is there. The answer says what to do.");
    let verify = "verifyDomain(input: { organizationId: $organization, domainId: $domain }) {\n  \
                    domain { status lastCheck { outcome advice } }\n}";
    let refused = stage.refused(MARTA, verify).await?;
    expect(&refused, "userErrors.0.code", "DOMAIN_NOT_PROVEN")?;

    let challenge = added.at("domain.challenge");
    let (name, value) = (challenge.at("recordName").text(), challenge.at("recordValue").text());
    stage.printer.say("The record is published, in the zone of fernwhistle.example:");
    stage.printer.line("");
    stage.printer.line(&format!("  {name}. TXT"));
    stage.printer.line(&format!("    \"{value}\""));
    stage.dns.set_txt(name, &[&[value]]);
    stage.pass(TimeDelta::minutes(2)).await?;
    stage.printer.say("Two minutes later she asks again.");
    let verify = "verifyDomain(input: { organizationId: $organization, domainId: $domain }) {\n  \
                    domain { status verifiedAt nextCheckAt lastCheck { outcome } }\n}";
    let verified = stage.change(MARTA, verify, &[]).await?;
    expect(&verified, "domain.status", "VERIFIED")?;
    stage.printer.say(
        "From now on the domain is Fernwhistle's, and no other organization can prove it. The proof is \
         checked again every day: who loses a domain doesn't keep its people.",
    );
    Ok(())
}

/// Stops the demo when an answer isn't as the story says.
pub fn expect(answer: &Answer, path: &str, value: &str) -> Result<(), StartError> {
    let found = answer.at(path).text();
    if found == value { Ok(()) } else { Err(unexpected(&format!("{path} is {found:?} and should be {value}"))) }
}
