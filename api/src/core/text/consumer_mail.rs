//! Which domains give mailboxes to everybody.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The kept list; its own first lines say where it comes from and how it is renewed.
const LIST: &str = include_str!("../../../data/consumer_mail_domains.txt");

/// The list, ready to be asked.
struct Services {
    /// Whole domains.
    domains: HashSet<&'static str>,
    /// Labels that are a mail service below every public suffix: the `yahoo` of `yahoo.*`.
    brands: HashSet<&'static str>,
}

static SERVICES: LazyLock<Services> = LazyLock::new(|| {
    let (brands, domains): (Vec<_>, Vec<_>) = entries().partition(|entry| entry.ends_with(".*"));
    Services {
        domains: domains.into_iter().collect(),
        brands: brands.into_iter().filter_map(|entry| entry.strip_suffix(".*")).collect(),
    }
});

/// The lines of the list that aren't comments.
fn entries() -> impl Iterator<Item = &'static str> {
    LIST.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The mail service that `domain` is or belongs to. Both names are ASCII in lower case; `registrable` is the part of
/// `domain` that is one label longer than its public suffix.
///
/// The search goes up to `registrable` and no further: below a public suffix that also gives out mailboxes (`net.ua`),
/// each domain has an owner of its own.
pub(super) fn service_of<'domain>(domain: &'domain str, registrable: &'domain str) -> Option<&'domain str> {
    let listed = std::iter::successors(Some(domain), |name| name.split_once('.').map(|(_, parent)| parent))
        .take_while(|name| name.len() >= registrable.len())
        .find(|name| SERVICES.domains.contains(name));
    let brand = registrable.split('.').next().is_some_and(|label| SERVICES.brands.contains(label));
    listed.or_else(|| brand.then_some(registrable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::text::DomainName;

    #[test]
    fn the_list_is_whole_and_in_the_form_that_is_searched() {
        assert!(SERVICES.domains.len() > 14_000, "{}", SERVICES.domains.len());
        for domain in &SERVICES.domains {
            assert_eq!(DomainName::parse(domain).as_ref().map(DomainName::ascii), Ok(*domain));
        }
        for brand in &SERVICES.brands {
            assert!(!brand.contains(['.', '*']), "{brand}");
        }
    }

    #[test]
    fn the_great_services_are_on_the_list() {
        for domain in [
            "126.com",
            "163.com",
            "aol.com",
            "duck.com",
            "fastmail.com",
            "freenet.de",
            "gmail.com",
            "gmx.de",
            "gmx.net",
            "googlemail.com",
            "hey.com",
            "hotmail.com",
            "icloud.com",
            "laposte.net",
            "libero.it",
            "live.com",
            "mail.com",
            "mail.ru",
            "me.com",
            "msn.com",
            "naver.com",
            "outlook.com",
            "pm.me",
            "posteo.de",
            "proton.me",
            "qq.com",
            "seznam.cz",
            "t-online.de",
            "tuta.com",
            "tutanota.com",
            "web.de",
            "wp.pl",
            "yahoo.com",
            "yandex.ru",
        ] {
            assert!(SERVICES.domains.contains(domain), "{domain}");
        }
    }

    #[test]
    fn reserved_domains_are_never_on_the_list() {
        for domain in &SERVICES.domains {
            let labels: Vec<&str> = domain.rsplit('.').take(2).collect();
            assert!(!matches!(labels[0], "test" | "example" | "invalid" | "localhost"), "{domain}");
            assert!(!matches!(labels[..], ["com" | "net" | "org", "example"]), "{domain}");
        }
    }

    proptest::proptest! {
        #[test]
        fn subdomains_belong_to_the_service(label in "[a-z]{1,10}", index in 0..1_000usize) {
            let service = entries().filter(|entry| psl::domain_str(entry) == Some(*entry)).nth(index).expect("an entry");
            let subdomain = format!("{label}.{service}");
            proptest::prop_assert_eq!(service_of(&subdomain, service), Some(service));
        }
    }
}
