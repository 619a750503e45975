/** The studies and the {@code softmin} command line. */
module org.softmin.studies {
    requires info.picocli;
    requires java.desktop; // only to decode PNG images
    requires jdk.management;
    requires org.softmin.nn;
    requires org.softmin.tornado;
    requires tools.jackson.core;
    requires static org.jspecify;

    // picocli sets the fields of the commands.
    opens org.softmin.studies to
            info.picocli;

    // The parameters of the benchmark's networks.
    opens org.softmin.studies.bench to
            org.softmin.nn;

    // The parameters of the sparse encoders.
    opens org.softmin.studies.activations to
            org.softmin.nn;

    // The parameters of the language model.
    opens org.softmin.studies.characters to
            org.softmin.nn;

    // The parameters of encoders and decoders.
    opens org.softmin.studies.encoders to
            org.softmin.nn;

    uses org.softmin.studies.Study;
    uses org.softmin.studies.bench.Contender;

    provides org.softmin.studies.Study with
            org.softmin.studies.sae.DecoderFreeStudy,
            org.softmin.studies.activations.ActivationsStudy,
            org.softmin.studies.encoders.EncodersStudy;
    provides System.LoggerFinder with
            org.softmin.studies.LogLines;
}
