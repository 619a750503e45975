package org.softmin.props;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layers of the house, and the names and habits that hold in all of it. */
class ArchitectureTest {
    private static final String[] ENGINE = {
        "org.softmin.tensor..", "org.softmin.autograd..", "org.softmin.nn..", "org.softmin.tornado.."
    };
    private static final Set<String> EXPORTED = ContributingTest.exportedPackages();
    private static final JavaClasses SOFTMIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.softmin");

    @Test
    void everyModuleIsLookedAt() {
        Set<String> modules = SOFTMIN.stream()
                .map(type -> type.getPackageName().split("\\.", -1)[2])
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of("tensor", "autograd", "nn", "tornado", "studies"), modules);
    }

    @ParameterizedTest
    @CsvSource({
        "tensor, autograd|nn|tornado|studies",
        "autograd, nn|tornado|studies",
        "nn, tornado|studies",
        "tornado, autograd|nn|studies",
    })
    void aLayerKnowsNothingOfTheLayersAboveIt(String layer, String above) {
        String[] packages = above.split("\\|", -1);
        for (int i = 0; i < packages.length; i++) {
            packages[i] = "org.softmin." + packages[i] + "..";
        }
        check(noClasses()
                .that()
                .resideInAPackage("org.softmin." + layer + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages));
    }

    @ParameterizedTest
    @CsvSource({
        "org.ejml.., org.softmin.tensor.linalg",
        "uk.ac.manchester.tornado.., org.softmin.tornado..",
        "org.softmin.tensor.cpu.., org.softmin.tensor..",
        "jdk.incubator.vector.., org.softmin.tensor.cpu..",
        "picocli.., org.softmin.studies..",
    })
    void onlyOnePlaceUses(String used, String place) {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(place)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(used));
    }

    @Test
    void theEngineNeedsNothingButTheJdk() {
        check(classes()
                .that()
                .resideInAnyPackage(ENGINE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax..",
                        "jdk.incubator.vector..",
                        "org.jspecify.annotations..",
                        "org.softmin..",
                        "org.ejml..", // optional, and in one package only: see above
                        "uk.ac.manchester.tornado..")); // likewise
    }

    /** What is public can be used: its methods, constructors and fields speak of nothing that is hidden. */
    @Test
    void whatIsPublicMentionsNothingHidden() {
        Set<String> hidden = new TreeSet<>();
        for (JavaClass type : SOFTMIN) {
            if (!isPublic(type)) {
                continue;
            }
            type.getCodeUnits().stream()
                    .filter(ArchitectureTest::isPublic)
                    .forEach(unit -> Stream.concat(
                                    Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
                            .map(JavaClass::getBaseComponentType)
                            .filter(used -> used.getPackageName().startsWith("org.softmin") && !isPublic(used))
                            .forEach(used -> hidden.add(unit.getFullName() + " mentions " + used.getName())));
            type.getFields().stream()
                    .filter(ArchitectureTest::isPublic)
                    .filter(field -> field.getRawType().getPackageName().startsWith("org.softmin"))
                    .filter(field -> !isPublic(field.getRawType()))
                    .forEach(field -> hidden.add(field.getFullName()));
        }
        assertEquals(Set.of(), hidden);
    }

    private static boolean isPublic(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
    }

    private static boolean isPublic(JavaClass type) {
        boolean outer = type.getEnclosingClass().map(ArchitectureTest::isPublic).orElse(true);
        return outer && type.getModifiers().contains(JavaModifier.PUBLIC) && EXPORTED.contains(type.getPackageName());
    }

    @Test
    void packagesFormNoCycles() {
        check(slices().matching("org.softmin.(**)").should().beFreeOfCycles());
    }

    @Test
    void onlyStudiesPrint() {
        check(noClasses().that().resideInAnyPackage(ENGINE).should(ACCESS_STANDARD_STREAMS));
    }

    @Test
    void loggingIsSystemLogger() {
        check(noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging.."));
    }

    @Test
    void onlyParametersReflects() {
        check(noClasses()
                .that()
                .resideInAnyPackage(ENGINE)
                .and()
                .doNotHaveFullyQualifiedName("org.softmin.nn.Parameters")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.reflect.."));
    }

    @Test
    void namesSayWhatAThingIs() {
        check(noClasses().should().haveNameMatching(".*(Utils?|Helpers?|Manager|Impl)(\\$.*)?|.*[.$]Abstract\\w*"));
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> unmarked = SOFTMIN.stream()
                .map(JavaClass::getPackage)
                .filter(candidate -> !candidate.isAnnotatedWith(NullMarked.class))
                .map(candidate -> candidate.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(unmarked.isEmpty(), () -> "packages without @NullMarked in package-info.java: " + unmarked);
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(SOFTMIN);
    }
}
