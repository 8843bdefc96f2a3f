//! The observation and its side input make another width.

//~ a row of 784 and one of 10 numbers make one of 794, not 800
use vae::prelude::*;

type Encoder = Conditioned<
    Concat<Const<784>, Const<10>, Const<800>>,
    GaussianEncoder<Mlp<Const<800>, Const<400>>, Const<20>>,
>;
type Decoder = Conditioned<
    Concat<Const<20>, Const<10>, Const<30>>,
    BernoulliDecoder<Mlp<Const<30>, Const<400>>, Const<784>>,
>;
type Model = ConditionalVae<Encoder, Decoder, StandardNormal<Const<20>>>;

fn main() {
    let x = Cpu::default().tensor_from_vec(vec![0.0; 784], (1, Const));
    Model::build(&Cpu::default()).reconstruct(x);
}
