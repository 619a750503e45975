package org.softmin.tensor.cpu;

/**
 * Coefficients of the polynomials behind the transcendental functions, shared by {@link ScalarMath} and
 * {@link VectorFloatMath} so that both compute the same bits.
 *
 * <p>All are minimax fits of the relative error (erfc: absolute), found by Lawson's reweighted least squares in 50
 * digits, each coefficient rounded to its type before the next is fitted. The number in a name is the power that it
 * belongs to. The first comment of a group states the function, the interval and the error that is left.
 */
final class Coefficients {
    private Coefficients() {}

    /** Single precision. */
    static final class F32 {
        private F32() {}

        /** Adding and subtracting this rounds a float to a whole number and leaves it in the low bits. */
        static final float MAGIC = 0x1.8p23f;
        /** As MAGIC, with a bias of twice 127 so that the low bits, halved, are the exponent of a power of two. */
        static final float EXP_MAGIC = 0x1.8p23f + 254;
        /** For x up to 0: the low bits are the exponent of a power of two that is 2^25 too large, and so never denormal. */
        static final float EXP_NEGATIVE_MAGIC = 0x1.8p23f + 127 + 25;

        static final float LOG2_E = 1.442695f;
        static final float LN2 = 0.6931472f;
        static final float LN2_LOW = -1.9046542e-9f;

        static final float TWO_OVER_PI = 0.63661975f;
        static final float HALF_PI = 1.5707964f;
        static final float HALF_PI_MIDDLE = -4.371139e-8f;
        static final float HALF_PI_LOW = -1.7151245e-15f;

        // e^r = 1 + r + r^2 E(r), |r| <= ln2/2: 2^-28.2
        static final float EXP2 = 0.49999994f;
        static final float EXP3 = 0.16666521f;
        static final float EXP4 = 0.041668262f;
        static final float EXP5 = 0.008368672f;
        static final float EXP6 = 0.0013821054f;

        // ln(1 + f) = f + f^2 L(f), sqrt(1/2) <= 1 + f <= sqrt(2): 2^-27.8
        static final float LOG2 = -0.49999988f;
        static final float LOG3 = 0.33333325f;
        static final float LOG4 = -0.25001597f;
        static final float LOG5 = 0.20001954f;
        static final float LOG6 = -0.16608801f;
        static final float LOG7 = 0.1418251f;
        static final float LOG8 = -0.13245869f;
        static final float LOG9 = 0.12899598f;
        static final float LOG10 = -0.07608119f;

        // sin r = r + r^3 S(r^2), |r| <= pi/4 + 0.02: 2^-32.4
        static final float SIN3 = -0.16666667f;
        static final float SIN5 = 0.008333377f;
        static final float SIN7 = -0.000198516f;
        static final float SIN9 = 2.81499e-06f;

        // cos r = 1 - r^2/2 + r^4 C(r^2), |r| <= pi/4 + 0.02: 2^-32.6
        static final float COS4 = 0.04166664f;
        static final float COS6 = -0.0013887133f;
        static final float COS8 = 2.441253e-05f;

        // tanh a = a + a^3 T(a^2), |a| <= 0.55: 2^-29.7
        static final float TANH3 = -0.33333316f;
        static final float TANH5 = 0.13332555f;
        static final float TANH7 = -0.053849425f;
        static final float TANH9 = 0.021060985f;
        static final float TANH11 = -0.006260362f;

        // erf a = a + a R(a^2), |a| <= 1: 2^-29.4
        static final float ERF1 = 0.12837917f;
        static final float ERF3 = -0.37612626f;
        static final float ERF5 = 0.11283581f;
        static final float ERF7 = -0.026853547f;
        static final float ERF9 = 0.0051877405f;
        static final float ERF11 = -0.0008004633f;
        static final float ERF13 = 7.8346995e-05f;

        // 1 - erf(t + 2.5), |t| <= 1.5: 2^-26.6
        static final float ERFC0 = 0.0004069527f;
        static final float ERFC1 = -0.0021781889f;
        static final float ERFC2 = 0.0054456764f;
        static final float ERFC3 = -0.008351716f;
        static final float ERFC4 = 0.008622685f;
        static final float ERFC5 = -0.006109301f;
        static final float ERFC6 = 0.0027973503f;
        static final float ERFC7 = -0.00056006695f;
        static final float ERFC8 = -0.00025848273f;
        static final float ERFC9 = 0.0002704002f;
        static final float ERFC10 = -8.125524e-05f;
        static final float ERFC11 = -1.7682529e-05f;
        static final float ERFC12 = 1.576755e-05f;
        static final float ERFC13 = -5.0921193e-07f;
        static final float ERFC14 = -8.9608056e-07f;
    }

    /** Double precision. */
    static final class F64 {
        private F64() {}

        static final double MAGIC = 0x1.8p52;
        static final double EXP_MAGIC = 0x1.8p52 + 2046;
        /** For x up to 0: the low bits are the exponent of a power of two that is 2^55 too large, and so never denormal. */
        static final double EXP_NEGATIVE_MAGIC = 0x1.8p52 + 1023 + 55;

        static final double LOG2_E = 1.4426950408889634;
        static final double LN2 = 0.6931471805599453;
        static final double LN2_LOW = 2.3190468138462996e-17;

        static final double TWO_OVER_PI = 0.6366197723675814;
        static final double HALF_PI = 1.5707963267948966;
        static final double HALF_PI_MIDDLE = 6.123233995736766e-17;
        static final double HALF_PI_LOW = -1.4973849048591698e-33;

        // e^r = 1 + r + r^2 E(r), |r| <= ln2/2: 2^-57.9
        static final double EXP2 = 0.5000000000000011;
        static final double EXP3 = 0.1666666666666644;
        static final double EXP4 = 0.041666666666527;
        static final double EXP5 = 0.008333333333477477;
        static final double EXP6 = 0.0013888888944333436;
        static final double EXP7 = 0.0001984126954162257;
        static final double EXP8 = 2.4801492456974374e-05;
        static final double EXP9 = 2.755755618806115e-06;
        static final double EXP10 = 2.763045529678905e-07;
        static final double EXP11 = 2.5009350226962447e-08;

        // ln(1 + f) = f + f^2 L(f), sqrt(1/2) <= 1 + f <= sqrt(2): 2^-56.8
        static final double LOG2 = -0.5000000000000003;
        static final double LOG3 = 0.3333333333333303;
        static final double LOG4 = -0.24999999999976433;
        static final double LOG5 = 0.200000000000856;
        static final double LOG6 = -0.16666666671185254;
        static final double LOG7 = 0.14285714279422934;
        static final double LOG8 = -0.12499999613825336;
        static final double LOG9 = 0.11111111116886245;
        static final double LOG10 = -0.10000017659981134;
        static final double LOG11 = 0.09090926701965953;
        static final double LOG12 = -0.083328687197637;
        static final double LOG13 = 0.07691449644027933;
        static final double LOG14 = -0.07149899134191125;
        static final double LOG15 = 0.06685732258651089;
        static final double LOG16 = -0.0619442903167697;
        static final double LOG17 = 0.05660231806299505;
        static final double LOG18 = -0.056792620166440294;
        static final double LOG19 = 0.06526767543825833;
        static final double LOG20 = -0.06000342605306561;
        static final double LOG21 = 0.026143863247354023;

        // sin r = r + r^3 S(r^2), |r| <= pi/4 + 0.02: 2^-57.4
        static final double SIN3 = -0.16666666666666619;
        static final double SIN5 = 0.008333333333318996;
        static final double SIN7 = -0.00019841269827037912;
        static final double SIN9 = 2.755731272358995e-06;
        static final double SIN11 = -2.505060581144284e-08;
        static final double SIN13 = 1.58879477793161e-10;

        // cos r = 1 - r^2/2 + r^4 C(r^2), |r| <= pi/4 + 0.02: 2^-63.4
        static final double COS4 = 0.04166666666666657;
        static final double COS6 = -0.0013888888888868558;
        static final double COS8 = 2.480158728602615e-05;
        static final double COS10 = -2.755731336057227e-07;
        static final double COS12 = 2.0875589457057893e-09;
        static final double COS14 = -1.1352774035958501e-11;

        // tanh a = a + a^3 T(a^2), |a| <= 0.55: 2^-55.5
        static final double TANH3 = -0.33333333333332316;
        static final double TANH5 = 0.13333333333168929;
        static final double TANH7 = -0.05396825387615987;
        static final double TANH9 = 0.02186948597632401;
        static final double TANH11 = -0.008863194520853686;
        static final double TANH13 = 0.0035917198112381584;
        static final double TANH15 = -0.001453217238231767;
        static final double TANH17 = 0.0005791382544757397;
        static final double TANH19 = -0.00021030417075914348;
        static final double TANH21 = 5.1022557717936186e-05;

        // erf a = a + a R(a^2), |a| <= 1: 2^-56.4
        static final double ERF1 = 0.1283791670955126;
        static final double ERF3 = -0.3761263890318408;
        static final double ERF5 = 0.11283791670969838;
        static final double ERF7 = -0.02686617064775507;
        static final double ERF9 = 0.005223977649811635;
        static final double ERF11 = -0.0008548328364611195;
        static final double ERF13 = 0.00012055379869519627;
        static final double ERF15 = -1.4926729548964337e-05;
        static final double ERF17 = 1.6478644610855172e-06;
        static final double ERF19 = -1.6531940989558186e-07;
        static final double ERF21 = 1.5847345137687826e-08;
        static final double ERF23 = -1.5839502427893164e-09;
        static final double ERF25 = 1.3315696055635758e-10;

        // (1 - erf a) e^(a^2) = Q(t), t = (a - 3)/(a + 3), 1 <= a <= 6, weighted by e^(-a^2): 2^-57.1
        static final double ERFCX0 = 0.1790011511813538;
        static final double ERFCX1 = -0.32623356004589565;
        static final double ERFCX2 = 0.24560380166456658;
        static final double ERFCX3 = -0.1501159363386105;
        static final double ERFCX4 = 0.07166585018562907;
        static final double ERFCX5 = -0.02439232750517223;
        static final double ERFCX6 = 0.004270355443719583;
        static final double ERFCX7 = 0.0007131801306227553;
        static final double ERFCX8 = -0.0005810827399344152;
        static final double ERFCX9 = 7.6405784308868e-05;
        static final double ERFCX10 = 0.00010296027776293969;
        static final double ERFCX11 = 1.5205958731410537e-05;
    }
}
