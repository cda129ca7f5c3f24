//! systemd units, as `systemctl show` writes them: `Name=value` lines, an empty line between units.

use crate::doctor::facts::Unit;

/// The units that systemd has a file for.
pub(super) fn parse(text: &str, is_users: bool) -> Vec<Unit> {
    let mut units = Vec::new();
    for block in text.split("\n\n") {
        let value = |name: &str| {
            let mut found = block.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
            found.next().unwrap_or_default().to_owned()
        };
        let (name, load) = (value("Id"), value("LoadState"));
        if name.is_empty() || load == "not-found" {
            continue;
        }
        units.push(Unit {
            name,
            is_users,
            active: value("ActiveState"),
            sub: value("SubState"),
            result: value("Result"),
            restarts: value("NRestarts").parse().unwrap_or(0),
        });
    }
    units
}

#[cfg(test)]
mod tests {
    use super::{Unit, parse};

    #[test]
    fn only_units_that_exist_count() {
        let text = "Id=jkocr.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nResult=oom-kill\n\
                    NRestarts=3\n\nId=jkocr@8081.service\nLoadState=not-found\nActiveState=inactive\n";
        let unit = Unit {
            name: "jkocr.service".to_owned(),
            is_users: false,
            active: "failed".to_owned(),
            sub: "failed".to_owned(),
            result: "oom-kill".to_owned(),
            restarts: 3,
        };
        assert_eq!(parse(text, false), [unit]);
        assert_eq!(parse("", true), []);
    }
}
