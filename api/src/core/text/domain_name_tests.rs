//! Tests of domain names.

use proptest::prelude::*;

use super::*;

fn domain(raw: &str) -> DomainName {
    DomainName::parse(raw).expect("a valid domain")
}

#[test]
fn forms() {
    for (raw, ascii, unicode) in [
        ("Example.COM.", "example.com", "example.com"),
        (" bücher.example ", "xn--bcher-kva.example", "bücher.example"),
        ("BÜCHER.example", "xn--bcher-kva.example", "bücher.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "bücher.example"),
        ("straße.example", "xn--strae-oqa.example", "straße.example"), // non-transitional: not "strasse"
        ("例え。テスト。", "xn--r8jz45g.xn--zckzah", "例え.テスト"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com", "example.com"),
        ("r3---sn-a.example", "r3---sn-a.example", "r3---sn-a.example"),
    ] {
        let parsed = domain(raw);
        assert_eq!((parsed.ascii(), parsed.unicode().as_str()), (ascii, unicode), "{raw}");
    }
}

#[test]
fn refused() {
    let too_long =
        ["a".repeat(63).as_str(), "b".repeat(63).as_str(), "c".repeat(63).as_str(), "d".repeat(63).as_str()].join(".");
    for (raw, error) in [
        ("", TextError::Empty),
        (".", TextError::EmptyLabel),
        ("example.com..", TextError::EmptyLabel),
        (".example.com", TextError::EmptyLabel),
        ("a..com", TextError::EmptyLabel),
        ("localhost", TextError::SingleLabel),
        ("com.", TextError::SingleLabel),
        ("127.0.0.1", TextError::IpAddress),
        ("１２７．０．０．１", TextError::IpAddress),
        ("127.1", TextError::IpAddress),
        ("a.0x7f", TextError::IpAddress),
        ("2130706433", TextError::IpAddress),
        ("::1", TextError::IpAddress),
        ("[2001:db8::1]", TextError::IpAddress),
        ("https://example.com/", TextError::NotABareDomain),
        ("example.com:443", TextError::NotABareDomain),
        ("*.example.com", TextError::Wildcard),
        ("_dmarc.example.com", TextError::Underscore),
        ("a b.example", TextError::NotADomain),
        ("a\u{202e}b.example", TextError::NotADomain),
        ("-a.example", TextError::NotADomain),
        ("a-.example", TextError::NotADomain),
        ("xn--zz.example", TextError::NotADomain),
        (&format!("{}.example", "a".repeat(64)), TextError::LabelTooLong),
        (&too_long, TextError::DomainTooLong),
        (&"ü".repeat(100_000), TextError::DomainTooLong),
    ] {
        assert_eq!(DomainName::parse(raw), Err(error), "{raw:.80}");
    }
}

#[test]
fn keys_put_subdomains_beside_their_domain() {
    let (lower, upper) = domain("example.com").key_range_with_subdomains();
    assert_eq!((lower.as_str(), upper.as_str()), ("com.example.", "com.example/"));
    for (name, inside) in [
        ("example.com", true),
        ("a.example.com", true),
        ("xn--bcher-kva.b.example.com", true),
        ("example-two.com", false),
        ("example2.com", false),
        ("examples.com", false),
        ("notexample.com", false),
        ("example.com.au", false),
    ] {
        let key = domain(name).key();
        assert_eq!((lower.clone()..upper.clone()).contains(&key), inside, "{name}");
    }
}

#[test]
fn nobody_owns_a_public_suffix() {
    for name in ["co.uk", "github.io", "公司.cn", "foo.ck", "com.br"] {
        assert!(matches!(domain(name).claimable(), Err(TextError::PublicSuffix(_))), "{name}");
    }
    assert_eq!(domain("co.uk").claimable(), Err(TextError::PublicSuffix("co.uk".into())));
}

#[test]
fn nobody_owns_a_mail_service() {
    for (name, service) in [
        ("gmail.com", "gmail.com"),
        ("people.gmail.com", "gmail.com"),
        ("yahoo.co.uk", "yahoo.co.uk"),
        ("yahoo.is", "yahoo.is"),
        ("mail.yahoo.co.jp", "yahoo.co.jp"),
        ("gmx.li", "gmx.li"),
        ("web.de", "web.de"),
        ("mailinator.com", "mailinator.com"),
        ("mailbox.org", "mailbox.org"),
        ("users.noreply.github.com", "users.noreply.github.com"),
    ] {
        assert_eq!(domain(name).claimable(), Err(TextError::ConsumerMail(service.into())), "{name}");
    }
}

#[test]
fn organizations_own_the_rest() {
    for name in [
        "example.com",
        "example.org",
        "acme.test",
        "mail.acme.test",
        "acme.example",
        "bücher.example",
        "acme.co.uk",
        "github.com",
        "acme.github.io",
        "firma.net.ua", // net.ua is on the list of mail services, but it also is a public suffix
        "notgmail.com",
        "gmail.com.acme.test",
        "yahoo.acme.test",
    ] {
        assert_eq!(domain(name).claimable(), Ok(()), "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(raw in "(?s).*|[a-zäß.。-]{0,30}|xn--[a-z0-9-]{1,20}\\.test") {
        if let Ok(parsed) = DomainName::parse(&raw) {
            prop_assert!(parsed.ascii().bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')));
            prop_assert!(parsed.ascii().len() <= 253 && parsed.ascii().contains('.'));
            prop_assert_eq!(&DomainName::parse(&parsed.unicode()), &Ok(parsed.clone()));
            prop_assert_eq!(DomainName::parse(parsed.ascii()), Ok(parsed));
        }
    }

    #[test]
    fn the_range_holds_subdomains_and_nothing_else(a in "[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\\.[a-z]{2,4}){1,2}",
                                                   b in "[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\\.[a-z]{2,4}){1,3}") {
        let (parent, other) = (domain(&a), domain(&b));
        let (lower, upper) = parent.key_range_with_subdomains();
        let child = domain(&format!("x.{a}")).key();
        prop_assert!(lower <= child && child < upper);
        let related = other == parent || other.ascii().ends_with(&format!(".{a}"));
        prop_assert_eq!(lower <= other.key() && other.key() < upper, related);
    }
}
