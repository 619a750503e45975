package org.softmin.studies;

import org.softmin.studies.Softmin.Session;
import org.softmin.tensor.Backend;
import picocli.CommandLine.Command;

/** {@code softmin devices}: what programs can run on here, and what is missing for the rest. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        description = "Shows what --device can name here, and what is missing for the rest.")
final class DevicesCommand implements Runnable {
    private final Session session;

    DevicesCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        for (Backend.Provider provider : Backend.providers()) {
            String state = provider.available() ? "available" : "not available";
            session.out().println(provider.name() + ": " + state + ": " + provider.describe());
        }
    }
}
