//! A customer of the platform, and its first owner.

use super::{MARTA, OLGA, nobody};
use crate::{
    demo::{company::OWNER, stage::Stage},
    startup::StartError,
};
use chrono::TimeDelta;

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.heading("2. An organization and its owner")?;
    stage.printer.say(
        "Fernwhistle becomes a customer. Olga makes the organization and names its first owner, Marta, who is invited \
         by mail. Olga herself gets no say inside it.",
    );
    let mutation = "createOrganization(input: {\n  \
                      name: \"Fernwhistle Sample Company\"\n  \
                      ownerEmail: \"marta.solberg@fernwhistle.example\"\n\
                    }) {\n  organization { id name }\n}";
    stage.change(OLGA, mutation, &[("organization", "organization.id")]).await?;
    stage.pass(TimeDelta::minutes(1)).await?;
    let letter = stage.letter(OWNER.email, "invitation", "invitation")?;
    stage.read(&letter, 0..3);
    stage.printer.say(
        "Marta has no account yet. Her link proves that the address is hers, so that it serves for both: to sign up, \
         and to take the role.",
    );
    stage.names.keep("password", "String!", OWNER.password);
    stage.names.learn();
    let mutation = "completeSignUp(input: {\n  \
                      token: $invitation\n  displayName: \"Marta Solberg\"\n  password: $password\n\
                    }) { token }";
    let answer = stage.change(nobody("Marta, by the link"), mutation, &[]).await?;
    stage.names.keep(MARTA.credential, "String!", answer.at("token").text());
    stage.names.learn();
    let mutation = "acceptInvitation(input: { token: $invitation }) { administrator { role } }";
    stage.change(MARTA, mutation, &[]).await?;
    let mutation = "updateOrganization(input: {\n  \
                      organizationId: $organization\n  \
                      administrativeEmail: \"it@fernwhistle.example\"\n  \
                      policyUrl: \"https://fernwhistle.example/accounts\"\n\
                    }) {\n  organization { administrativeEmail policyUrl }\n}";
    stage
        .printer
        .say("She says whom people can ask, and where the company's own rules are. Both stand in every notice.");
    stage.change(MARTA, mutation, &[]).await?;
    Ok(())
}
