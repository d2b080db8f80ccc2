//! Where the story plays: the real server on a free port, on a new database in a temporary folder, with a clock that
//! moves when it is told to. Those who play send what any caller sends, over HTTP.

use crate::{
    core::{
        Steward,
        clock::{Clock, ManualClock},
    },
    demo::{
        answer::Names,
        dns_server::DnsServer,
        mailbox::{Letter, Mailbox},
        ordered::Answer,
        print::Printer,
    },
    jobs::worker,
    startup::StartError,
};
use chrono::TimeDelta;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use url::{Url, form_urlencoded};

/// The service, and what the story needs around it.
pub struct Stage {
    /// The service.
    pub steward: Arc<Steward>,
    /// Its clock.
    pub clock: ManualClock,
    /// The world's DNS.
    pub dns: DnsServer,
    /// The world's mail.
    pub mailbox: Mailbox,
    /// Tells the story.
    pub printer: Printer,
    /// What has been kept of answers.
    pub names: Names,
    /// Where the server is.
    pub url: Url,
    pub(super) http: reqwest::Client,
}

/// Who sends a request: how the story calls them, and the name under which their credential is kept.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    /// As it is printed.
    pub who: &'static str,
    /// Empty for somebody who isn't signed in.
    pub credential: &'static str,
}

/// The end of the demo, when something isn't as the story says.
pub fn unexpected(what: &str) -> StartError {
    StartError::Failed(format!("The demo stops, as it met what it didn't expect: {what}"))
}

impl Stage {
    /// The time on the stage.
    pub fn now(&self) -> String {
        self.clock.now().format("%A %-d %B %Y, %H:%M").to_string()
    }

    /// Lets time pass, and then whatever is due be done.
    pub async fn pass(&self, time: TimeDelta) -> Result<(), StartError> {
        self.clock.advance(time);
        self.work().await
    }

    /// Does what is due: jobs and mail.
    pub async fn work(&self) -> Result<(), StartError> {
        worker::run_until_idle(&self.steward).await.map_err(|error| unexpected(&error.to_string()))
    }

    /// Sends a mutation that must succeed, tells what it asked and what it got, and gives its payload. `keep` names
    /// values of the payload for later: the name, and the path.
    pub async fn change(
        &mut self,
        sender: Sender,
        mutation: &str,
        keep: &[(&'static str, &str)],
    ) -> Result<Answer, StartError> {
        let payload = self.mutate(sender, mutation).await?;
        match payload.at("userErrors").items() {
            [] => Ok(self.show(payload.without("userErrors"), keep)),
            [error, ..] => Err(unexpected(error.at("message").text())),
        }
    }

    /// Sends a mutation that must succeed, tells nothing of it, and gives its payload.
    pub async fn quietly(&self, sender: Sender, mutation: &str) -> Result<Answer, StartError> {
        let payload = self.post_mutation(sender, mutation).await?;
        match payload.at("userErrors").items() {
            [] => Ok(payload),
            [error, ..] => Err(unexpected(error.at("message").text())),
        }
    }

    /// Sends a mutation that must be refused, tells it, and gives the payload with its `userErrors`.
    pub async fn refused(&mut self, sender: Sender, mutation: &str) -> Result<Answer, StartError> {
        let payload = self.mutate(sender, mutation).await?;
        let code = payload.at("userErrors.0.code").clone();
        if code == Answer::Null {
            return Err(unexpected(&format!("a refusal was due, and there was none, of {mutation}")));
        }
        // The message repeats what the rest of the answer tells.
        self.show(Answer::Object(vec![("userErrors.code".to_owned(), code)]), &[]);
        self.printer.goes_on(&payload.clone().without("userErrors"), &self.names);
        Ok(payload)
    }

    /// Sends a query, tells what it asked and what it got, and gives its data.
    pub async fn ask(
        &mut self,
        sender: Sender,
        query: &str,
        keep: &[(&'static str, &str)],
    ) -> Result<Answer, StartError> {
        self.printer.sent(sender.who, &format!("query {{\n{}\n}}", indented(query)));
        let answer = self.post("query", sender, query).await?;
        Ok(self.show(answer, keep))
    }

    /// Sends a query, tells nothing of it, and gives its data.
    pub async fn look(&self, sender: Sender, query: &str) -> Result<Answer, StartError> {
        self.post("query", sender, query).await
    }

    async fn mutate(&mut self, sender: Sender, mutation: &str) -> Result<Answer, StartError> {
        self.printer.sent(sender.who, &format!("mutation {{\n{}\n}}", indented(mutation)));
        self.post_mutation(sender, mutation).await
    }

    async fn post_mutation(&self, sender: Sender, mutation: &str) -> Result<Answer, StartError> {
        // Every mutation of the demo asks for this; printing it each time would be noise.
        let whole = mutation.trim_end().strip_suffix('}').unwrap_or(mutation);
        let data = self.post("mutation", sender, &format!("{whole} userErrors {{ field code message }} }}")).await?;
        let Answer::Object(fields) = data else { return Err(unexpected("an answer without a payload")) };
        Ok(fields.into_iter().next().map(|(_, payload)| payload).unwrap_or_default())
    }

    fn show(&mut self, answer: Answer, keep: &[(&'static str, &str)]) -> Answer {
        for (name, path) in keep {
            self.names.keep(name, "ID!", answer.at(path).text());
        }
        self.printer.came_back(&answer, &self.names);
        self.names.learn();
        answer
    }

    /// Sends a query that must be refused as a whole, and tells it with the code of the refusal and its sentence.
    pub async fn closed(&mut self, sender: Sender, query: &str, code: &str) -> Result<(), StartError> {
        self.printer.sent(sender.who, &format!("query {{\n{}\n}}", indented(query)));
        let answer = self.send("query", sender, query).await?;
        let error = answer.at("errors.0");
        if error.at("extensions.code").text() != code {
            return Err(unexpected(&format!("{code} was due, and there was something else, of {query}")));
        }
        let told = [("code", error.at("extensions.code")), ("message", error.at("message"))];
        self.show(Answer::Object(told.map(|(name, value)| (name.to_owned(), value.clone())).to_vec()), &[]);
        Ok(())
    }

    /// Sends a form as an app's server does, tells it and what came back, and gives the answer. A value that begins with `$`
    /// is what has been kept under this name.
    pub async fn form(&mut self, who: &str, path: &str, fields: &[(&str, &str)]) -> Result<Answer, StartError> {
        let written: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.printer.sent(who, &format!("POST {path}\n{}", indented(&written.join("\n&"))));
        let meant = |value: &str| match value.strip_prefix('$') {
            Some(name) => self.names.value(name).to_owned(),
            None => value.to_owned(),
        };
        let pairs = fields.iter().map(|(name, value)| (*name, meant(value)));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let place = self.url.join(path).map_err(|error| unexpected(&error.to_string()))?;
        let request = self.http.post(place).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let answer: Answer = request.send().await.map_err(lost)?.json().await.map_err(lost)?;
        match answer.at("error").text() {
            "" => Ok(self.show(answer, &[])),
            error => Err(unexpected(&format!("{error} from {path}"))),
        }
    }

    async fn post(&self, operation: &str, sender: Sender, selection: &str) -> Result<Answer, StartError> {
        let answer = self.send(operation, sender, selection).await?;
        match answer.at("errors").items() {
            [] => Ok(answer.at("data").clone()),
            [error, ..] => Err(unexpected(&format!("{} ({selection})", error.at("message").text()))),
        }
    }

    /// Sends an operation, and gives all that came back.
    async fn send(&self, operation: &str, sender: Sender, selection: &str) -> Result<Answer, StartError> {
        let used = self.names.used_in(selection);
        let declared: Vec<String> = used.iter().map(|(name, kept)| format!("${name}: {}", kept.kind)).collect();
        let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
        let variables: Map<String, Value> =
            used.iter().map(|(name, kept)| ((*name).to_owned(), json!(kept.value))).collect();
        let body = json!({ "query": format!("{operation}{declared} {{ {selection} }}"), "variables": variables });
        let endpoint = self.url.join("graphql").map_err(|error| unexpected(&error.to_string()))?;
        let mut request = self.http.post(endpoint).json(&body);
        if !sender.credential.is_empty() {
            request = request.bearer_auth(self.names.value(sender.credential));
        }
        request.send().await.map_err(lost)?.json().await.map_err(lost)
    }

    /// The newest mail to somebody with a link to this page; the link's secret is kept under a name.
    pub fn letter(&mut self, to: &str, page: &str, name: &'static str) -> Result<Letter, StartError> {
        let letter = self.mailbox.newest(to, page).map_err(|error| unexpected(&error.to_string()))?;
        let letter = letter.ok_or_else(|| unexpected(&format!("no mail to {to}")))?;
        let secret = letter.secret(page).ok_or_else(|| unexpected("a mail without its link"))?;
        self.names.keep(name, "String!", secret);
        self.names.learn();
        Ok(letter)
    }

    /// The newest mail to somebody.
    pub fn newest(&self, to: &str) -> Result<Letter, StartError> {
        let letter = self.mailbox.newest_to(to).map_err(|error| unexpected(&error.to_string()))?;
        letter.ok_or_else(|| unexpected(&format!("no mail to {to}")))
    }

    /// Shows a mail: some of its paragraphs, counted from the first.
    pub fn read(&self, letter: &Letter, paragraphs: std::ops::Range<usize>) {
        let text = letter.paragraphs();
        let (from, to) = (paragraphs.start.min(text.len()), paragraphs.end.min(text.len()));
        let head = [("To", letter.to.as_str()), ("Subject", letter.subject.as_str())];
        self.printer.letter(&letter.path.display().to_string(), &head, &text[from..to], to < text.len());
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn lost(error: reqwest::Error) -> StartError {
    unexpected(&crate::startup::cause(&error))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
