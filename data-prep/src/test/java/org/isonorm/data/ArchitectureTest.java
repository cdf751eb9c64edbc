package org.isonorm.data;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.isonorm.data.augmentation.Augmentation;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.augmentation.EpochOrder;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.ingestion.ReadExamples;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.source.CifarCopy;
import org.isonorm.data.source.Fetcher;
import org.isonorm.data.source.IngestionSource;
import org.isonorm.data.source.SyntheticDataset;

@AnalyzeClasses(packages = "org.isonorm", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule roomsHaveNoCycles =
      slices().matching("org.isonorm.data.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyIngestionKnowsSpark =
      noClasses()
          .that(DescribedPredicate.not(belongToAnyOf(Ingestion.class, ReadExamples.class)))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "scala..");

  /**
   * Spark 3.5 brings commons-compress 1.23, in which the kinds of archives have no getNextEntry of
   * their own: called by them, it is not found on a user's cluster.
   */
  @ArchTest
  static final ArchRule archivesAreReadAsSparksOwnLibraryHasThem =
      noClasses()
          .should()
          .callMethod(TarArchiveInputStream.class, "getNextEntry")
          .orShould()
          .callMethod(ZipArchiveInputStream.class, "getNextEntry");

  @ArchTest
  static final ArchRule knowsNoNetworks =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.deeplearning4j..",
              "org.nd4j..",
              "org.bytedeco..",
              "org.isonorm.init..",
              "org.isonorm.network..",
              "org.isonorm.spark..");

  @ArchTest
  static final ArchRule batchesAreMadeWithTheJdkAlone =
      classes()
          .that(
              belongToAnyOf(
                  BatchAssembler.class,
                  Augmentation.class,
                  EpochOrder.class,
                  SyntheticDataset.class,
                  Shard.class))
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "org.isonorm.data..");

  @ArchTest
  static final ArchRule readingDoesNotKnowIngestion =
      noClasses()
          .that(
              belongToAnyOf(
                  ShardReader.class,
                  Shard.class,
                  DatasetManifest.class,
                  BatchAssembler.class,
                  EpochOrder.class))
          .should()
          .dependOnClassesThat(
              belongToAnyOf(
                  Ingestion.class, IngestionSource.class, CifarCopy.class, Fetcher.class));
}
