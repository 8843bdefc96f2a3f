//! Training takes its memory once.

use vae::losses::differentiate;
use vae::prelude::*;

type X = Const<64>;
type H = Const<32>;
type Z = Const<4>;
type Model = Vae<GaussianEncoder<Mlp<X, H>, Z>, BernoulliDecoder<Mlp<Z, H>, X>, StandardNormal<Z>>;

struct Stripes;

impl Examples<f32> for Stripes {
    fn len(&self) -> usize {
        128
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        (0..rows.len() * 64).map(|i| (i % 2) as f32).collect()
    }
}

/// Memory in use and page faults so far, as Linux counts them.
fn memory() -> Option<(u64, u64)> {
    let read = |file: &str| std::fs::read_to_string(file).ok();
    let pages = read("/proc/self/statm")?.split(' ').nth(1)?.parse::<u64>();
    // The tenth field counts the faults that needed no disk; the name before it ends in a parenthesis.
    let stat = read("/proc/self/stat")?;
    let faults = stat.rsplit(')').next()?.split_whitespace().nth(7)?.parse();
    Some((pages.ok()?, faults.ok()?))
}

#[test]
fn ten_thousand_steps_take_no_more_memory_than_the_first_few() {
    let Some(_) = memory() else {
        eprintln!("skipped: this system does not tell how much memory a process uses");
        return;
    };
    let mut model = Model::build(&Cpu::seed_from_u64(0));
    let mut adam = Adam::new(1e-3);
    let batch: Vec<usize> = (0..Stripes.len()).collect();
    let mut step = || {
        let at = adam.state.step;
        let noise = [Noise::new(0, "data").at(at), Noise::new(0, "latent").at(at)];
        let elbo = Elbo { beta: 1.0 };
        let (_, mut gradients) = differentiate(&elbo, &model, &Stripes, &batch, noise);
        adam.update(&mut model, &mut gradients);
    };
    (0..500).for_each(|_| step());
    let (pages, faults) = memory().expect("as before");
    (0..10_000).for_each(|_| step());
    let (pages_after, faults_after) = memory().expect("as before");
    // 10 000 steps that each kept a row of the batch would be 2.5 MB, 625 pages.
    assert!(
        pages_after <= pages + 256,
        "{pages} pages, then {pages_after}"
    );
    let faults = faults_after - faults;
    assert!(faults < 1000, "{faults} page faults in 10 000 steps");
}
