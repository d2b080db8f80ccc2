//! Files as people and spreadsheets write them, and as nobody should.

use super::*;

fn read(file: &[u8]) -> (Vec<String>, Vec<(u64, String)>) {
    // A small buffer, so that rows begin and end anywhere in it.
    let mut rows = Rows::open(std::io::BufReader::with_capacity(7, file)).expect("a header");
    let (mut accounts, mut refused) = (Vec::new(), Vec::new());
    while let Some(given) = rows.next().expect("a readable file") {
        match given {
            Given::Account(account) => accounts.push(format!(
                "{} {} {}",
                account.email,
                account.display_name.map_or_else(|| "-".to_owned(), |name| name.to_string()),
                account.locale
            )),
            Given::Refused(row) => refused.push((row.line, row.reason)),
        }
    }
    (accounts, refused)
}

fn opened(file: &[u8]) -> Result<Vec<String>, String> {
    Rows::open(file).map(|rows| rows.ignored_columns().to_vec()).map_err(|error| error.to_string())
}

#[test]
fn columns_are_found_by_their_names() {
    assert_eq!(opened(b"email\n"), Ok(vec![]));
    assert_eq!(
        opened(b"Team, Display Name ,\"EMAIL\",floor,Job Title\r\n"),
        Ok(vec!["Team".to_owned(), "floor".to_owned()])
    );
    assert!(opened(b"").unwrap_err().contains("empty"));
    assert!(opened(b"\r\n\n").unwrap_err().contains("empty"));
    assert!(opened(b"mail;name\n").unwrap_err().contains("mail;name"));
    assert!(opened(b"email,E-Mail,Email\n").unwrap_err().contains("“email” twice"));
    let (accounts, _) = read(b"locale,x,email,display-name\nde-AT,?,Ana@Acme.TEST, Ana \n,,ben@acme.test,\n");
    assert_eq!(accounts, ["Ana@acme.test Ana de", "ben@acme.test - en"]);
}

#[test]
fn profiles_are_read_beside_the_address() {
    let file = b"email,Job-Title,time_zone,phone\na@acme.test,Designer,europe/vienna,+43 512 555012\nb@acme.test,,,\n\
                 c@acme.test,,nowhere,\nd@acme.test,,,0512\n";
    let mut rows = Rows::open(&file[..]).expect("a header");
    let (mut profiles, mut refused) = (Vec::new(), Vec::new());
    while let Some(given) = rows.next().expect("a readable file") {
        match given {
            Given::Account(account) => profiles.push(account.profile),
            Given::Refused(row) => refused.push(row.reason),
        }
    }
    let parsed = |text: &str| Change::To(ProfileText::parse(text).expect("a text"));
    assert_eq!(profiles[0].job_title, parsed("Designer"));
    assert_eq!(profiles[0].time_zone, Change::To(TimeZone::parse("Europe/Vienna").expect("a zone")));
    assert_eq!(profiles[0].phone, Change::To(PhoneNumber::parse("+43512555012").expect("a number")));
    assert_eq!(profiles[1], ProfileChange::default());
    assert!(refused[0].starts_with("time_zone must be the name of a time zone"), "{}", refused[0]);
    assert!(refused[1].starts_with("phone must be an international telephone number"), "{}", refused[1]);
}

#[test]
fn files_of_all_systems_are_read() {
    let rows = "email,display_name\r\na@acme.test,A\r\n\r\nb@acme.test,\"B, \"\"b\"\"\"";
    for file in [rows.to_owned(), rows.replace("\r\n", "\n"), format!("{}\n\n", rows.replace("\r\n", "\n"))] {
        let (accounts, refused) = read(file.as_bytes());
        assert_eq!((accounts.len(), refused.len()), (2, 0), "{file:?}");
        assert_eq!(accounts[1], "b@acme.test B, \"b\" en");
    }
    let marked = format!("\u{feff}{rows}");
    let mut read = Rows::open(marked.as_bytes()).expect("a byte order mark");
    assert!(matches!(read.next(), Ok(Some(Given::Account(_)))));
}

#[test]
fn refused_rows_name_their_line() {
    for end in ["\n", "\r\n"] {
        let file = [
            "email,display_name,locale",
            "no-address,,",
            "",
            "a@acme.test,\"two\nlines\",",
            "b@acme.test,,xx",
            "c@acme.test,C",
            "d@acme.test,D,en,more",
            "e@acme.test,a\u{202e}b,en",
            "f@acme.test,F,en",
        ]
        .join(end);
        let (accounts, refused) = read(file.as_bytes());
        assert_eq!(accounts, ["f@acme.test F en"]);
        let lines: Vec<u64> = refused.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4, 6, 7, 8, 9], "{refused:?}");
        for (index, part) in [
            (0, "email must be an e-mail address"),
            (1, "display_name must be one line"),
            (2, "locale must be one of en, de"),
            (3, "has 2 cells, and the first line names 3 columns"),
            (4, "has 4 cells"),
            (5, "invisible character"),
        ] {
            assert!(refused[index].1.contains(part), "{}", refused[index].1);
        }
    }
}

#[test]
fn what_is_not_text_is_refused_alone() {
    let (accounts, refused) = read(b"email,display_name\n\xff@acme.test,A\nb@acme.test,\xe9\nc@acme.test,C\n");
    assert_eq!(accounts, ["c@acme.test C en"]);
    assert_eq!(refused[0], (2, "email isn't text in UTF-8".to_owned()));
    assert_eq!(refused[1], (3, "display_name isn't text in UTF-8".to_owned()));
}

#[test]
fn what_is_too_long_is_refused_alone_and_takes_no_memory() {
    let long = "x".repeat(1_000_000);
    let many = ",".repeat(100_000);
    let file = format!(
        "email,display_name\na@acme.test,{long}\nb@acme.test,B{many}\n{long}@acme.test,\nc@acme.test,C\nd@acme.test,\"never closed\n{long}\n{long}"
    );
    let mut rows = Rows::open(file.as_bytes()).expect("a header");
    let mut reasons = Vec::new();
    let mut accounts = 0;
    while let Some(given) = rows.next().expect("a readable file") {
        match given {
            Given::Account(_) => accounts += 1,
            Given::Refused(row) => reasons.push((row.line, row.reason)),
        }
        assert!(rows.cells.buffer.capacity() < 100_000);
    }
    assert_eq!(accounts, 1);
    let lines: Vec<u64> = reasons.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 4, 6]);
    assert!(reasons[0].1.contains("more than 4096 octets"), "{}", reasons[0].1);
    assert!(reasons[1].1.contains("has 100002 cells"), "{}", reasons[1].1);
    assert!(reasons[3].1.contains("quote"), "{}", reasons[3].1);
    assert_eq!(rows.octets_read(), file.len() as u64);
}
