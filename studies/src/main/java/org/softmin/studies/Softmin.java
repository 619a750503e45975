package org.softmin.studies;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Backend;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code softmin} command: start here, then read {@link RunCommand}. */
@Command(
        name = "softmin",
        mixinStandardHelpOptions = true,
        versionProvider = Softmin.Version.class,
        description = "Runs studies of implicit expectation-maximisation on the JVM and writes their reports.",
        footer = {"", "To begin: softmin run decoder-free-sae"})
public final class Softmin {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show where in the program an error happened.")
    private boolean debug;

    private Softmin() {}

    /**
     * What a command works with.
     *
     * @param arguments the command line
     * @param softminData value of the environment variable {@code SOFTMIN_DATA}, or null
     */
    record Session(
            List<Study> studies,
            List<Backend.Provider> backends,
            List<String> arguments,
            @Nullable String softminData,
            PrintWriter out,
            PrintWriter err) {}

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Softmin.class.getPackage().getImplementationVersion();
            return new String[] {
                "softmin " + (version == null ? "(built from classes)" : version) + ", Java " + Runtime.version()
            };
        }
    }

    /** Runs the command line and ends the virtual machine with the exit code. */
    public static void main(String[] arguments) {
        // A pipe that is closed early, as by head, makes these streams fail silently, which is what its reader wants.
        PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        List<Study> studies = ServiceLoader.load(Study.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        int status = execute(
                new Session(studies, Backend.providers(), List.of(arguments), System.getenv("SOFTMIN_DATA"), out, err));
        out.flush();
        err.flush();
        System.exit(status);
    }

    /** Runs the command line. */
    static int execute(Session session) {
        Softmin softmin = new Softmin();
        CommandLine commandLine = new CommandLine(softmin)
                .addSubcommand(new RunCommand(session))
                .addSubcommand(new ListCommand(session))
                .addSubcommand(new DevicesCommand(session))
                .addSubcommand(new DataCommand(session))
                .addSubcommand(new BenchCommand(session))
                .addSubcommand(new InfoCommand(session))
                .addSubcommand(new ReportCommand(session))
                .setOut(session.out)
                .setErr(session.err)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((wrong, arguments) -> {
                    session.err.println("softmin: " + describe(wrong));
                    return ExitCode.USAGE.status();
                })
                .setExecutionExceptionHandler((failure, command, result) -> softmin.report(failure, session));
        commandLine
                .getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.table());
        try {
            return commandLine.execute(session.arguments.toArray(String[]::new));
        } catch (StackOverflowError | OutOfMemoryError | AssertionError | LinkageError failure) {
            return softmin.report(failure, session); // picocli hands on exceptions only
        }
    }

    private int report(Throwable failure, Session session) {
        Throwable cause = failure instanceof UncheckedIOException
                ? Objects.requireNonNullElse(failure.getCause(), failure)
                : failure;
        ExitCode code = ExitCode.of(cause);
        session.err.println("softmin: " + ExitCode.describe(cause));
        if (debug) {
            failure.printStackTrace(session.err);
        }
        return code.status();
    }

    private static String describe(ParameterException wrong) {
        CommandSpec command = wrong.getCommandLine().getCommandSpec();
        String more = "; see " + command.qualifiedName() + " --help";
        if (!(wrong instanceof UnmatchedArgumentException)
                && !command.subcommands().isEmpty()) {
            return "which command? use "
                    + String.join(", ", command.subcommands().keySet()) + more;
        }
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().getFirst();
            if (word.startsWith("-")) {
                return Names.unknown(
                        "option",
                        word.split("=", 2)[0],
                        List.copyOf(command.optionsMap().keySet()));
            }
            if (!command.subcommands().isEmpty()) {
                return Names.unknown(
                        "command", word, List.copyOf(command.subcommands().keySet()));
            }
            return "\"" + word + "\" is one argument too many" + more;
        }
        return ExitCode.describe(wrong) + more;
    }
}
