use vae_ops::Real;

/// What two random words are made into. A trait instead of closures, since its functions are certain to be inlined into
/// the loop over lanes, which makes SIMD code of them.
pub(crate) trait Variate<T> {
    fn of(words: [u32; 2]) -> [T; 2];
}

/// A point of the plane whose squared radius, halved, is exponential (Box and Muller 1958).
pub(crate) struct Normal;
impl<E: Real> Variate<E> for Normal {
    #[inline(always)]
    fn of([u, v]: [u32; 2]) -> [E; 2] {
        let exponential = E::exponential(u);
        let radius = (exponential + exponential).sqrt();
        let [cos, sin] = E::circle(v);
        [radius * cos, radius * sin]
    }
}

/// One number of each word, by a formula.
macro_rules! one_of_each {
    ($($name:ident = |$word:ident| $formula:expr;)*) => {$(
        pub(crate) struct $name;
        impl<E: Real> Variate<E> for $name {
            #[inline(always)]
            fn of([u, v]: [u32; 2]) -> [E; 2] {
                [{ let $word = u; $formula }, { let $word = v; $formula }]
            }
        }
    )*};
}

one_of_each! {
    Uniform = |word| E::uniform(word);
    Exponential = |word| E::exponential(word);
    Gumbel = |word| -E::exponential(word).ln_v();
    // The last bit of a word hardly matters to its exponential.
    Laplace = |word| signed(word << 31, E::exponential(word));
    Logistic = |word| E::exponential(!word) - E::exponential(word);
    Rademacher = |word| signed(word, E::one());
}

/// The words themselves.
pub(crate) struct Word;
impl Variate<u32> for Word {
    #[inline(always)]
    fn of(words: [u32; 2]) -> [u32; 2] {
        words
    }
}

/// x, with the sign that the first bit of the word says.
#[inline(always)]
fn signed<E: Real>(word: u32, x: E) -> E {
    if word >> 31 == 0 { x } else { -x }
}
