//! Reading proofs of domains from real DNS servers over UDP and TCP, good and bad ones.

#![expect(clippy::unwrap_used, reason = "what a test prepares must work")]

use std::net::SocketAddr;
use std::time::Duration;

use steward::demo::dns_server::{Behaviour, DnsServer};
use steward::domains::diagnosis::{CheckOutcome, check_txt};
use steward::domains::dns::{Dns, HickoryDns, Limits, TxtAnswer, TxtOutcome};

const NAME: &str = "_steward-challenge.example.com";
const PROOF: &str = "steward-domain-verification=abc";

/// As in production.
fn resolver(servers: &[&DnsServer]) -> HickoryDns {
    HickoryDns::servers(&addresses(servers)).unwrap()
}

/// Gives up soon: for silence, where waiting shows nothing more.
fn hasty(servers: &[SocketAddr]) -> HickoryDns {
    let limits = Limits { per_try: Duration::from_millis(200), tries: 2, total: Duration::from_millis(500) };
    HickoryDns::with_limits(servers, limits).unwrap()
}

fn addresses(servers: &[&DnsServer]) -> Vec<SocketAddr> {
    servers.iter().map(|server| server.address()).collect()
}

async fn servers<const COUNT: usize>() -> [DnsServer; COUNT] {
    let mut started = Vec::new();
    for _ in 0..COUNT {
        started.push(DnsServer::start().await.unwrap());
    }
    started.try_into().unwrap_or_else(|_| unreachable!())
}

fn found(answer: &TxtAnswer) -> (TxtOutcome, Vec<&str>) {
    let mut strings: Vec<&str> = answer.strings.iter().map(String::as_str).collect();
    strings.sort_unstable();
    (answer.outcome, strings)
}

#[tokio::test]
async fn records_are_found_and_their_strings_joined() {
    let [server] = servers().await;
    server.set_txt(NAME, &[&["steward-domain-", "verification=", "abc"], &["another"]]);
    let answer = resolver(&[&server]).txt(NAME).await;
    assert_eq!(found(&answer), (TxtOutcome::Answered, vec!["another", PROOF]));
    assert_eq!(answer.resolver, server.address().to_string());
    assert!(answer.disputed.is_empty());
    assert_eq!(server.queries(), [NAME], "asked once, by its full name");
    let spelled = resolver(&[&server]).txt("_Steward-Challenge.EXAMPLE.com.").await;
    assert_eq!(found(&spelled).0, TxtOutcome::Answered);
}

#[tokio::test]
async fn a_missing_host_and_a_host_without_records_differ() {
    let [server] = servers().await;
    let dns = resolver(&[&server]);
    assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::HostNotFound, vec![]));
    server.set_txt(NAME, &[]);
    assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::NoRecords, vec![]));
    assert_eq!(dns.txt("example.com").await.outcome, TxtOutcome::NoRecords, "names above it exist");
    server.answer_with(NAME, Behaviour::NxDomain);
    assert_eq!(dns.txt(NAME).await.outcome, TxtOutcome::HostNotFound);
}

#[tokio::test]
async fn a_change_of_the_zone_is_seen_at_once() {
    let [server] = servers().await;
    let dns = resolver(&[&server]);
    assert_eq!(dns.txt(NAME).await.outcome, TxtOutcome::HostNotFound);
    server.set_txt(NAME, &[&[PROOF]]);
    assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::Answered, vec![PROOF]));
    server.set_txt(NAME, &[&["other"]]);
    assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::Answered, vec!["other"]));
    server.remove(NAME);
    assert_eq!(dns.txt(NAME).await.outcome, TxtOutcome::HostNotFound);
}

#[tokio::test]
async fn failure_and_silence_are_unknown() {
    let [server] = servers().await;
    let dns = resolver(&[&server]);
    for behaviour in [Behaviour::ServerFailure, Behaviour::Refused] {
        server.answer_with(NAME, behaviour);
        assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::ServerFailure, vec![]), "{behaviour:?}");
    }
    server.answer_with(NAME, Behaviour::Silent);
    let hasty = hasty(&[server.address()]);
    assert_eq!(found(&hasty.txt(NAME).await), (TxtOutcome::Timeout, vec![]));
    server.set_txt(NAME, &[&[PROOF]]);
    assert_eq!(dns.txt(NAME).await.outcome, TxtOutcome::Answered, "the same resolver recovers");
}

#[tokio::test]
async fn a_server_that_is_gone_is_unknown() {
    let [server] = servers().await;
    server.set_txt(NAME, &[&[PROOF]]);
    let address = server.address();
    drop(server);
    let outcome = hasty(&[address]).txt(NAME).await.outcome;
    assert!(matches!(outcome, TxtOutcome::Timeout | TxtOutcome::ServerFailure), "{outcome:?}");
}

#[tokio::test]
async fn an_answer_too_big_for_udp_comes_over_tcp() {
    let [server] = servers().await;
    let big = "x".repeat(2000);
    let numbered: Vec<String> = (0..30).map(|number| format!("{number:02} {big}")).collect();
    let parts: Vec<[&str; 1]> = numbered.iter().map(|text| [text.as_str()]).chain([[PROOF]]).collect();
    let records: Vec<&[&str]> = parts.iter().map(<[&str; 1]>::as_slice).collect();
    server.set_txt(NAME, &records);
    let answer = resolver(&[&server]).txt(NAME).await;
    assert_eq!((answer.outcome, answer.strings.len()), (TxtOutcome::Answered, 20));
    assert!(answer.strings.iter().all(|text| text.chars().count() <= 512));
    assert!(answer.strings.iter().any(|text| text == PROOF), "bounds never hide a proof");
    assert_eq!(server.queries(), [NAME, NAME], "once by UDP, once by TCP");
}

#[tokio::test]
async fn an_alias_is_followed() {
    let [server] = servers().await;
    let dns = resolver(&[&server]);
    server.set_alias(NAME, "one.example.net");
    server.set_alias("one.example.net", "two.example.net");
    assert_eq!(dns.txt(NAME).await.outcome, TxtOutcome::HostNotFound);
    server.set_txt("two.example.net", &[&[PROOF]]);
    assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::Answered, vec![PROOF]));
    server.set_alias("two.example.net", NAME);
    let looped = dns.txt(NAME).await;
    assert_eq!(found(&looped), (TxtOutcome::ServerFailure, vec![]), "a loop ends");
}

#[tokio::test]
async fn two_servers_must_agree() {
    let [one, two] = servers().await;
    let dns = resolver(&[&one, &two]);
    one.set_txt(NAME, &[&[PROOF], &["only here"]]);
    let alone = dns.txt(NAME).await;
    assert_eq!(found(&alone), (TxtOutcome::ServerFailure, vec![]));
    assert!(alone.disputed.iter().any(|text| text == PROOF));

    two.set_txt(NAME, &[&[PROOF]]);
    let both = dns.txt(NAME).await;
    assert_eq!(found(&both), (TxtOutcome::Answered, vec![PROOF]));
    assert_eq!(both.disputed, ["only here"]);
    assert_eq!(both.resolver, format!("{}, {}", one.address(), two.address()));

    two.answer_with(NAME, Behaviour::Silent);
    let hasty = hasty(&addresses(&[&one, &two]));
    assert_eq!(found(&hasty.txt(NAME).await), (TxtOutcome::Timeout, vec![]));
    two.answer_with(NAME, Behaviour::ServerFailure);
    assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::ServerFailure, vec![]));
}

#[tokio::test]
async fn one_of_three_servers_may_lie() {
    let [one, two, liar] = servers().await;
    let dns = resolver(&[&liar, &one, &two]);
    liar.set_txt(NAME, &[&[PROOF]]);
    let forged = dns.txt(NAME).await;
    assert_eq!(found(&forged), (TxtOutcome::HostNotFound, vec![]), "one server proves nothing");
    assert!(forged.disputed.is_empty());

    one.set_txt(NAME, &[&[PROOF]]);
    two.set_txt(NAME, &[&[PROOF]]);
    liar.remove(NAME);
    assert_eq!(found(&dns.txt(NAME).await), (TxtOutcome::Answered, vec![PROOF]), "nor does it refute anything");
}

#[tokio::test]
async fn one_of_three_servers_may_be_dead() {
    let [one, two, dead] = servers().await;
    for server in [&one, &two] {
        server.set_txt(NAME, &[&[PROOF]]);
    }
    for behaviour in [Behaviour::Silent, Behaviour::ServerFailure, Behaviour::Refused] {
        dead.answer_with(NAME, behaviour);
        let answer = resolver(&[&dead, &one, &two]).txt(NAME).await;
        assert_eq!(found(&answer), (TxtOutcome::Answered, vec![PROOF]), "{behaviour:?}");
    }
    // Two that agree are enough: this one would wait for an hour.
    dead.answer_with(NAME, Behaviour::Silent);
    let hour = Duration::from_secs(3600);
    let addresses = [dead.address(), one.address(), two.address()];
    let patient = HickoryDns::with_limits(&addresses, Limits { per_try: hour, tries: 1, total: hour }).unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(10), patient.txt(NAME)).await.unwrap();
    assert_eq!(found(&answer), (TxtOutcome::Answered, vec![PROOF]));
}

#[tokio::test]
async fn hostile_names_are_never_asked_for() {
    let [server] = servers().await;
    let dns = resolver(&[&server]);
    let long_label = format!("{}.example.com", "a".repeat(64));
    let long_name = format!("{}com", "abcdefg.".repeat(40));
    for name in [
        "",
        ".",
        "..",
        "a..com",
        "exa mple.com",
        "a\0.com",
        "a\r\n.com",
        "\\046.com",
        "*.com",
        "münchen.de",
        "\u{202e}.com",
    ]
    .into_iter()
    .chain([long_label.as_str(), long_name.as_str()])
    {
        assert_eq!(found(&dns.txt(name).await), (TxtOutcome::HostNotFound, vec![]), "{name:?}");
    }
    assert!(server.queries().is_empty());
}

#[tokio::test]
async fn hostile_records_do_no_harm() {
    let [server] = servers().await;
    server.set_txt(NAME, &[&["a\0b\u{1b}[2J"], &[""], &["ünï", "cödé"]]);
    let answer = resolver(&[&server]).txt(NAME).await;
    assert!(answer.strings.iter().any(|text| text == "ünïcödé"));
    assert!(answer.strings.iter().any(|text| text == "a\u{fffd}b\u{fffd}[2J"));
}

#[tokio::test]
async fn a_check_finds_the_record_and_says_where_it_went_instead() {
    let [server] = servers().await;
    let dns = resolver(&[&server]);
    server.set_txt("example.com", &[&["v=spf1 -all"], &[PROOF]]);
    let misplaced = check_txt(&dns, "example.com", PROOF).await;
    assert_eq!(misplaced.outcome, CheckOutcome::HostNotFound, "the apex proves nothing");
    assert!(misplaced.explanation.contains("move it to _steward-challenge.example.com"), "{}", misplaced.explanation);

    server.set_txt("example.com", &[&["v=spf1 -all"]]);
    server.set_txt("_steward-challenge.example.com.example.com", &[&[PROOF]]);
    let doubled = check_txt(&dns, "example.com", PROOF).await;
    assert_eq!(doubled.outcome, CheckOutcome::HostNotFound);
    assert!(doubled.explanation.contains("appends the domain by itself"), "{}", doubled.explanation);

    server.set_txt(NAME, &[&[PROOF]]);
    let found = check_txt(&dns, "example.com", PROOF).await;
    assert_eq!((found.outcome, found.found_values), (CheckOutcome::Found, vec![PROOF.to_owned()]));
    assert_eq!(found.resolver, server.address().to_string());

    server.answer_with(NAME, Behaviour::ServerFailure);
    let before = server.queries().len();
    assert_eq!(check_txt(&dns, "example.com", PROOF).await.outcome, CheckOutcome::ServerFailure);
    assert!(server.queries()[before..].iter().all(|name| name == NAME), "what is unknown isn't sought elsewhere");
}
