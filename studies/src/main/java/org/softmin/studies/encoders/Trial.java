package org.softmin.studies.encoders;

import java.util.List;
import org.softmin.studies.report.Part;

/** An experiment: which networks it needs, and what it says of them once they are tested. */
interface Trial {
    /** What is trained. */
    List<Job> jobs();

    /**
     * What it adds to the report.
     *
     * @param evaluation what they were tested on
     * @param outcomes of {@link #jobs}, and maybe of others
     */
    Part report(Evaluation evaluation, Outcomes outcomes);
}
