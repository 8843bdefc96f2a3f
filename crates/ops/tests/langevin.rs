//! The normalizer of the von Mises–Fisher distribution against mpmath, see golden/langevin.py.

use vae_ops::math::Langevin;

fn fields(l: Langevin) -> [f64; 7] {
    let Langevin {
        gap,
        divergence,
        mean,
        complement,
        mean_ratio,
        slope,
        curvature,
    } = l;
    [
        gap, divergence, mean, complement, mean_ratio, slope, curvature,
    ]
}

#[test]
fn fields_are_accurate() {
    let mut worst = [(0.0, ""); 7];
    for line in include_str!("golden/langevin.csv").lines() {
        let mut numbers = line.split(',').map(|x| x.parse().expect("a number"));
        let mut next = || numbers.next().expect("nine columns");
        let (dimension, kappa): (f64, f64) = (next(), next());
        for (value, worst) in fields(Langevin::new(dimension as usize, kappa))
            .into_iter()
            .zip(&mut worst)
        {
            let exact = next();
            let error = ((value - exact) / exact).abs();
            if error.is_nan() || error > worst.0 {
                *worst = (error, line);
            }
        }
    }
    let bounds = [1e-13, 1e-13, 1e-13, 1e-13, 1e-13, 3e-12, 1e-9];
    let within = worst
        .iter()
        .zip(bounds)
        .all(|(worst, bound)| worst.0 <= bound);
    assert!(within, "{worst:#?}");
}

#[test]
fn the_uniform_distribution_is_the_limit() {
    let zero = Langevin::new(4, 0.0);
    assert_eq!(fields(zero), [0.0, 0.0, 0.0, 1.0, 0.25, 0.25, 0.0]);
    assert!(fields(Langevin::new(4, -1.0)).iter().all(|x| x.is_nan()));
    assert!(fields(Langevin::new(1, 1.0)).iter().all(|x| x.is_nan()));
    assert!(
        fields(Langevin::new(4, 1e300))[..5]
            .iter()
            .all(|x| x.is_finite())
    );
}
