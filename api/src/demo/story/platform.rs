//! The platform before the story: people who have accounts, and somebody who runs it.

use super::{OLGA, nobody};
use crate::{
    core::{Origin, text::EmailAddress},
    demo::{
        company::{self, OPERATOR},
        stage::{Stage, unexpected},
    },
    import::{self, Options, Summary},
    operators::create_operator::CreateOperator,
    startup::StartError,
};
use secrecy::ExposeSecret;

pub async fn play(stage: &mut Stage) -> Result<(), StartError> {
    stage.printer.heading("1. A platform with a thousand people")?;
    stage.printer.say(
        "The platform brings its people along, as CSV files. Each gets an account without a password; whoever wants \
         one sets it by a mailed link. For the first file the platform vouches that each address belongs to its \
         person. For the second it doesn't, and these addresses count for nothing until they are proved.",
    );
    let (known, new) = company::files();
    import(stage, "people.csv", &known, true).await?;
    import(stage, "new.csv", &new, false).await?;

    stage.printer.say(
        "Somebody runs the platform. Operators are made at the command line alone, which prints a link for the first \
         password.",
    );
    let email = EmailAddress::parse(OPERATOR.email).map_err(|error| unexpected(&error.to_string()))?;
    let created = stage.steward.perform(&Origin::system(), CreateOperator { email }).await;
    let created = created.map_err(|error| unexpected(&error.to_string()))?;
    let token = created.reset_token.ok_or_else(|| unexpected("no link for the operator"))?;
    let token = token.expose_secret();
    stage.printer.line("");
    stage.printer.line(&format!("  $ steward create-operator {}", OPERATOR.email));
    stage.printer.line(&format!("    {}password-reset/{}…", stage.url, token.chars().take(8).collect::<String>()));
    stage.names.keep("resetLink", "String!", token);
    stage.names.keep("password", "String!", OPERATOR.password);
    stage.names.learn();
    let mutation = "resetPassword(input: { token: $resetLink, newPassword: $password }) {\n  changed\n}";
    stage.change(nobody("Olga, by the link"), mutation, &[]).await?;
    let mutation = "signIn(input: { email: \"olga@steward.example\", password: $password }) {\n  token\n}";
    let answer = stage.change(nobody("Olga"), mutation, &[]).await?;
    stage.names.keep(OLGA.credential, "String!", answer.at("token").text());
    stage.names.learn();
    Ok(())
}

async fn import(stage: &Stage, name: &str, file: &str, attest_verified: bool) -> Result<(), StartError> {
    let options = Options { attest_verified, dry_run: false, refused: std::io::sink(), progress: |_| {} };
    let summary = import::accounts(&stage.steward, file.as_bytes(), options).await;
    let Summary { created, unchanged, refused, .. } = summary.map_err(|error| unexpected(&error.to_string()))?;
    if created == 0 || refused > 0 {
        return Err(unexpected(&format!("{created} accounts were imported and {refused} refused")));
    }
    let attest = if attest_verified { " --attest-verified" } else { "" };
    stage.printer.line("");
    stage.printer.line(&format!("  $ steward import accounts {name}{attest}"));
    stage.printer.line(&format!("    {created} created, {unchanged} unchanged, {refused} refused"));
    Ok(())
}
