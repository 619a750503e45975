package org.softmin.studies.sae;

import java.util.List;

/** Experiment 5: what the published numbers do not say of themselves, and an objective that goes further. */
final class Findings {
    static final String NAME = "findings";

    private Findings() {}

    /**
     * The findings that train encoders, in the order of the report.
     *
     * @param base how the encoders are trained
     * @param full the full objective
     * @param seeds of each curve and comparison
     * @param aimSeeds of the encoders whose numbers are claimed
     * @param sweepEpochs of the encoders that only a sweep needs
     */
    static List<Trial> trials(
            Recipe base, Method.DecoderFree full, Method.Standard standard, int seeds, int aimSeeds, int sweepEpochs) {
        return List.of(
                new ScaleLaw(base, full, base.with(Candidates.objective(2, 0.2, 70)), 1),
                new StopRule(base, seeds),
                new LseWeight(base.withEpochs(sweepEpochs), full, 1),
                new Reconstruction(base, standard, aimSeeds),
                new DeadUnits(base, seeds),
                new Candidates(base, 1),
                new TradeOff(base, seeds),
                new TwoLayers(base, seeds));
    }
}
