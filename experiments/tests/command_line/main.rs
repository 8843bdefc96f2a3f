//! The experiments as their user meets them, most of it shown with `mnist_vae`: flags, messages, exit statuses, and what is in the run folder afterwards.
//!
//! | module | what it holds the program to |
//! |---|---|
//! | [`finished`] | a run that ends well leaves everything that it promises |
//! | [`reproducible`] | the same seed gives the same run, on any number of threads |
//! | [`occupied`] | results are not overwritten unless asked for |
//! | [`resumed`] | a run goes on as if it had never stopped, or says why it cannot |
//! | [`interrupted`] | Ctrl-C and SIGTERM lose nothing |
//! | [`refused`] | wrong flags |
//! | [`suite`] | `encoders`: several runs and their table |
//! | [`on_demand`] | `conditional`: a picture of every class |
//! | [`sweep`] | a grid of runs in processes of their own |
//! | [`said`] | what a run says, and in which form |
//! | [`killed`], [`full`] | fifty kills at random moments; a disk without space |
//! | [`failed`] | missing data, folders that cannot be written, divergence |
//!
//! Runs that several tests look at are made once, in [`program`].

mod failed;
mod finished;
#[cfg(unix)]
mod full;
#[cfg(unix)]
mod interrupted;
mod killed;
mod occupied;
mod on_demand;
mod program;
mod refused;
mod reproducible;
mod resumed;
mod said;
mod suite;
#[cfg(unix)]
mod sweep;
