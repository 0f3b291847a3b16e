//! What every case stands on: the two programs, built; a home folder with config files; a CA bundle of the system's size with
//! an authority made on the fly in it; and the strict STS over http and https. All of it is gone at the end.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::support::{Ca, Role, Sso, Sts, TokenFile, User, World};

/// The folder of the project.
pub const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

pub const ACCOUNT: &str = "123456789012";
pub const KEY_ID: &str = "AKIABENCH00000000000";
pub const SECRET: &str = "bench/secret+EXAMPLE";

/// Where systems keep all authorities in one file.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// One role behind one key, and a chain of three.
const CONFIG: &str = "[profile role]
role_arn = arn:aws:iam::123456789012:role/one
source_profile = base
role_session_name = bench
[profile two]
role_arn = arn:aws:iam::123456789012:role/two
source_profile = role
role_session_name = bench
[profile three]
role_arn = arn:aws:iam::123456789012:role/three
source_profile = two
role_session_name = bench
[profile sso]
sso_session = bench
sso_account_id = 123456789012
sso_role_name = reader
[sso-session bench]
sso_region = us-east-1
sso_start_url = https://bench.example/start
";

const START: &str = "https://bench.example/start";
const TOKEN: &str = "bench-token";

pub struct Ground {
    /// The release binary.
    pub binary: PathBuf,
    /// The floor program.
    pub floor: PathBuf,
    /// Whether both are static, as a release is.
    pub is_static: bool,
    pub plain: Sts,
    pub encrypted: Sts,
    /// The access portal of IAM Identity Center, over https. The user of the benchmark is signed in.
    pub portal: Sso,
    /// How many certificates the bundle has.
    pub authorities: usize,
    home: PathBuf,
}

impl Ground {
    pub fn prepare() -> Result<Self> {
        let (built, is_static) = build()?;
        let home = std::env::temp_dir().join(format!("assume-env-bench-{}", std::process::id()));
        fs::create_dir_all(home.join(".aws"))?;
        fs::create_dir_all(home.join("bin"))?;
        let home = home.canonicalize()?;
        let ca = Ca::new("the authority of the benchmark");
        let bundle = bundle()? + &ca.pem();
        let encrypted = Sts::https(world(), &ca);
        let portal = Sso::https(&encrypted, &ca);
        portal.assign(ACCOUNT, "reader").access_token(TOKEN, 24 * 3600);
        let ground = Self {
            binary: installed("assume-env", &built[0], &home)?,
            floor: installed("floor", &built[1], &home)?,
            is_static,
            plain: Sts::http(world()),
            encrypted,
            portal,
            authorities: bundle.matches("BEGIN CERTIFICATE").count(),
            home,
        };
        ground.write("bundle.pem", &bundle)?;
        ground.write(".aws/config", CONFIG)?;
        let base = format!("[base]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n");
        ground.write(".aws/credentials", &base)?;
        TokenFile::new(START, "us-east-1", TOKEN).expires_in(24 * 3600).write(&ground.home, "bench");
        for profiles in [10, 10_000] {
            ground.write(&format!("config-{profiles}"), &many(profiles))?;
        }
        Ok(ground)
    }

    /// A file in the home folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Runs a line of sh in the environment of the cases over https.
    pub fn run(&self, line: &OsStr) -> Result<()> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).env_clear().envs(self.env(&self.encrypted.url()));
        command.env("FLOOR", &self.floor).env("PLAIN", self.plain.url());
        match command.status()? {
            status if status.success() => Ok(()),
            status => Err(status.to_string().into()),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.path(name), text)?)
    }

    /// The environment of every case, with STS at this address. Nothing of the caller's own is in it.
    pub fn env(&self, url: &str) -> BTreeMap<String, String> {
        let text = |path: PathBuf| path.display().to_string();
        let programs = text(self.binary.with_file_name(""));
        BTreeMap::from(
            [
                ("PATH", format!("{programs}:/usr/local/bin:/usr/bin:/bin")),
                ("HOME", text(self.home.clone())),
                ("USER", "bench".into()),
                ("LC_ALL", "C.UTF-8".into()),
                ("AWS_ENDPOINT_URL", url.into()),
                ("AWS_ENDPOINT_URL_SSO", self.portal.url()),
                ("AWS_CA_BUNDLE", text(self.path("bundle.pem"))),
            ]
            .map(|(name, value)| (name.into(), value)),
        )
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// Builds assume-env and the floor program, and says where they are and whether they are static. That is how they are released; where no
/// static program can be built, both are built for the C library of this machine.
fn build() -> Result<([PathBuf; 2], bool)> {
    let programs = ["assume-env", "floor"];
    if let [Some(binary), Some(floor)] = programs.map(build_static) {
        return Ok(([binary, floor], true));
    }
    println!("no static program can be built here: both are built for the C library of this machine");
    for package in programs {
        build_native(package)?;
    }
    let own = std::env::current_exe()?;
    let release = own.ancestors().nth(2).ok_or("Cargo puts it into release/deps")?;
    Ok((programs.map(|program| release.join(program)), false))
}

/// Builds a package as a release has it.
fn build_static(package: &str) -> Option<PathBuf> {
    let mut command = Command::new(Path::new(TOP).join("tests/package/build"));
    command.args(["--program", package]).stderr(Stdio::inherit());
    let output = without_this_package(&mut command).output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.lines().last()?))
}

/// Builds a package as `cargo install` does: alone, since other packages could change the features of a dependency.
fn build_native(package: &str) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--package", package]).current_dir(TOP);
    match without_this_package(&mut command).status()?.success() {
        true => Ok(()),
        false => Err(format!("{package} does not build").into()),
    }
}

/// What Cargo says of this package would make build scripts believe that theirs has moved.
fn without_this_package(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_MANIFEST") || name.starts_with("CARGO_PKG"))
        {
            command.env_remove(name);
        }
    }
    command
}

/// A copy of a program, as `cargo install` makes one. The file that a linker has just written lies in small pieces in the page cache, and
/// takes half a millisecond more to start.
fn installed(program: &str, built: &Path, home: &Path) -> Result<PathBuf> {
    let copy = home.join("bin").join(program);
    fs::copy(built, &copy)?;
    Ok(copy)
}

fn bundle() -> Result<String> {
    let found = BUNDLES.iter().find_map(|path| fs::read_to_string(path).ok());
    found.ok_or_else(|| format!("no CA bundle of the system: none of {}", BUNDLES.join(", ")).into())
}

/// The user of the keys, the roles of [`CONFIG`], and three buckets.
fn world() -> World {
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let user = User::new(ACCOUNT, "base", KEY_ID, SECRET);
    World::new()
        .role(Role::new(&arn("one")).trusts(&user.arn()).s3_full())
        .role(Role::new(&arn("two")).trusts(&arn("one")))
        .role(Role::new(&arn("three")).trusts(&arn("two")))
        .user(user)
        .bucket("alpha", "2026-01-02T03:04:05Z")
        .bucket("beta", "2026-07-08T22:30:00Z")
        .bucket_in("eu-central-1", "gamma", "2025-12-31T23:30:00Z")
}

/// A config file with so many profiles, 150 bytes each.
fn many(profiles: usize) -> String {
    let mut text = String::new();
    for number in 0..profiles {
        let account = 100_000_000_000 + number;
        let _ = write!(
            text,
            "[profile team-{number}-admin]\nrole_arn = arn:aws:iam::{account}:role/OrganizationAccess\n\
             source_profile = base\nregion = eu-central-1\nrole_session_name = bench\n\n"
        );
    }
    text
}
