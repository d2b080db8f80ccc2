//! Writes every page and every mail with sample values into a folder, to be looked at in a browser.
//!
//! `cargo run -p steward --example preview -- FOLDER [LOCALE]`

use std::{env, error::Error, fs, path::Path};

use steward::{
    notices::content::{Content, NoticeKind, Sender},
    pages::samples,
};
use url::Url;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("usage: preview FOLDER [LOCALE]")?;
    let locale = arguments.next().unwrap_or_else(|| "en".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let sender = Sender {
        service_name: "Steward".into(),
        public_url: Url::parse("https://steward.example/")?,
        support: Some("help@steward.example".into()),
    };
    for (name, html) in samples::pages(&locale, &sender)? {
        fs::write(folder.join(format!("page_{name}.html")), html)?;
    }
    let link = Url::parse("https://steward.example/pages/notice/ntl_01jd3x8f7kq2m4v9w0z5c6b7n8")?;
    for kind in NoticeKind::ALL {
        let link = kind.link_purpose().map(|_| &link);
        let rendered = Content::sample(*kind).render(&locale, "Ana Gruber", link, &sender)?;
        fs::write(folder.join(format!("mail_{kind}.html")), rendered.html)?;
        fs::write(folder.join(format!("mail_{kind}.txt")), format!("{}\n\n{}", rendered.subject, rendered.text))?;
    }
    println!("Pages and mails are in {}.", folder.display());
    Ok(())
}
