//! `cargo xtask dev`: the whole product on this machine, in the same runtime as in production and with state that stays.
//!
//! wrangler rebuilds the Worker when a source changes (its `[build]` command calls this driver again, told by [`DEV`] to take
//! the dev profile), so the inner loop is: save, reload.

use crate::progress::{Estimate, Plan, Step, tail};
use crate::tools::{self, here, wrangler};
use crate::wasm::Profile;
use crate::{browser, cli, demo, http, page, setup, studio, worker};
use anyhow::{Context, Result, bail};
use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Set for the builds that `wrangler dev` starts.
pub const DEV: &str = "APROPOS_DEV";

const PORT: u16 = 8787;
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// Ctrl-C, or the signal that a service manager sends.
static STOP: AtomicBool = AtomicBool::new(false);

/// Builds, serves, seeds, and stays until it is told to stop or the server ends.
pub fn run(port: Option<u16>) -> Result<()> {
    let port = http::free_port(port.unwrap_or(PORT))?;
    let base = format!("http://127.0.0.1:{port}");
    let vars = tools::root().join(".dev.vars");
    // dropped on every way out of here, and with it the server ends
    let server = Rc::new(RefCell::new(None));

    let mut plan = Plan::new("dev");
    setup::add(&mut plan)?;
    cli::add(&mut plan);
    browser::add(&mut plan, Profile::Dev)?;
    page::add(&mut plan, Profile::Dev)?;
    studio::add(&mut plan, Profile::Dev);
    worker::add(&mut plan, Profile::Dev)?;
    plan.add("serve", "Starting the Worker", Estimate { first: 10.0, again: 6.0 }, {
        let (server, vars) = (Rc::clone(&server), vars.clone());
        move |step| {
            admin_secret(&vars)?; // the Worker reads it from the same file
            server.borrow_mut().insert(Server::start(port, step)?).wait_until_healthy()
        }
    });
    plan.add("seed", "Filling in the demo", Estimate { first: 5.0, again: 5.0 }, {
        let (base, vars) = (base.clone(), vars.clone());
        move |step| demo::seed(step, &base, &admin_secret(&vars)?)
    });
    plan.run()?;

    println!(
        "\n  demo mailbox  {base}/demo/\n  studio        {base}/studio/\n  admin secret  {}",
        admin_secret(&vars)?
    );
    println!("\nEdit and reload; Ctrl-C ends it.");
    let mut server = server.borrow_mut();
    server.as_mut().context("the server was not started")?.wait_until_stopped()
}

/// The admin secret in `.dev.vars`, which is made with fresh secrets if there is none.
fn admin_secret(path: &Path) -> Result<String> {
    if !path.exists() {
        let ring = cli::output(["keys"])?;
        let ring: String = ring.split_whitespace().collect();
        let text = format!(
            "ADMIN_SECRET={}\nRECIPIENT_SECRET={}\nWRITE_KEYS={}\nTOKEN_KEYS='{ring}'\n",
            random_hex()?,
            random_hex()?,
            random_hex()?
        );
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
    }
    let text = fs::read_to_string(path)?;
    let secret = text.lines().find_map(|line| line.strip_prefix("ADMIN_SECRET="));
    Ok(secret.context(".dev.vars has no ADMIN_SECRET; delete the file to have it made anew")?.to_owned())
}

/// 32 random bytes.
fn random_hex() -> Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// wrangler with workerd below it. Ends with its owner.
struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    fn start(port: u16, step: &Step) -> Result<Self> {
        ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed))?;
        let child = wrangler()
            .args(["dev", "--ip", "127.0.0.1", "--port", &port.to_string()])
            .args([
                "--show-interactive-dev-session=false",
                "--var",
                "DEMO:1",
                "--var",
                "PAGE_WRITE_KEYS:demo",
            ])
            .env(DEV, "1")
            .stdin(Stdio::null())
            .stdout(step.log()?)
            .stderr(step.log()?)
            .spawn()
            .context("cannot run wrangler")?;
        Ok(Self { child, port, log: step.log_path().to_path_buf() })
    }

    fn wait_until_healthy(&mut self) -> Result<()> {
        let start = Instant::now();
        while http::status(self.port, "/healthz") != Some(200) {
            self.check_alive()?;
            if STOP.load(Ordering::Relaxed) {
                bail!("stopped");
            }
            if start.elapsed() > START_LIMIT {
                bail!("the Worker does not answer:\n{}", tail(&self.log));
            }
            sleep(POLL);
        }
        Ok(())
    }

    fn wait_until_stopped(&mut self) -> Result<()> {
        while !STOP.load(Ordering::Relaxed) {
            self.check_alive()?;
            sleep(POLL);
        }
        Ok(())
    }

    fn check_alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            // Ctrl-C reaches wrangler too, which may be faster than we are
            Some(_) if STOP.load(Ordering::Relaxed) => Ok(()),
            Some(status) => bail!("wrangler ended ({status}):\n{}", tail(&self.log)),
            None => Ok(()),
        }
    }

    fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    /// Asks first, so that wrangler can end workerd and the state on disk is whole.
    fn drop(&mut self) {
        if self.ended() {
            return;
        }
        let _ = here("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let start = Instant::now();
        while !self.ended() {
            if start.elapsed() > STOP_LIMIT {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            sleep(POLL);
        }
    }
}
